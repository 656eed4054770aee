"""Drafts that bend a source: not one may be confirmed."""

from __future__ import annotations

import pytest

from llm_diplo.quotes.check import check_quotes
from llm_diplo.quotes.verdict import Verdict

SOURCE = """Mira Sandvik, the harbour minister of Vell, met Joost Adler of the dockers' union in Karsholm on Tuesday.

“We will not close the lock before the winter,” Sandvik told reporters, “and we must pay five crews until March.” She added: “I think, perhaps, that the ferry will return.”

Adler disagreed. “The minister has promised nothing, and nobody believes her,” he said. “If the pay is cut, we will strike.”

The port authority denied that “the dredger had sunk in the channel”. Sandvik dismissed the union's plan as “a bridge to nowhere”.

The lock was built by prisoners in the last century. Adler's deputy, Runa Fisk, said the union would not “sign a blank page”.

“The mayor told me, ‘sell the lock and leave,’ and I refused,” Fisk said. The Vell government said in a statement that “trade remains open to all ships that carry papers.”
"""

DRAFTS = [
    # somebody else's words
    "“We will not close the lock before the winter,” Adler said.",
    "Adler: “We will not close the lock before the winter.”",
    "“We will not close the lock before the winter.” — Joost Adler",
    "According to Adler, “we must pay five crews until March.”",
    "Sandvik said: “If the pay is cut, we will strike.”",
    "Fisk told reporters: “The minister has promised nothing, and nobody believes her.”",
    "“We will not close the lock before the winter,” a diplomat said.",
    "Only two dockers said: “We will not close the lock before the winter.”",
    "“I think, perhaps, that the ferry will return,” said the port authority.",
    "“Trade remains open to all ships that carry papers,” Sandvik's deputy said.",
    "Adler's spokeswoman said: “If the pay is cut, we will strike.”",
    "The mayor said “The mayor told me, ‘sell the lock and leave,’ and I refused”.",
    "Fisk said: “Sell the lock and leave.”",
    "“We will not close the lock before the winter,” Sandvik and Adler said.",
    "The dockers said: “We will not close the lock before the winter.”",
    # words altered
    "“We will close the lock before the winter,” Sandvik said.",
    "“We may not close the lock before the winter,” Sandvik said.",
    "“We will not close the lock before the summer,” Sandvik said.",
    "“We will not open the lock before the winter,” Sandvik said.",
    "“We must pay six crews until March,” Sandvik said.",
    "“We must pay five crews until May,” Sandvik said.",
    "“We should pay five crews until March,” Sandvik said.",
    "“The minister has promised something, and nobody believes her,” Adler said.",
    "“The minister has promised nothing, and everybody believes her,” Adler said.",
    "“If the pay is raised, we will strike,” Adler said.",
    "“The lock belongs to the people of Vell,” Sandvik said.",
    # brackets and ellipses that bend
    "“We will [never] close the lock before the winter,” Sandvik said.",
    "“We [will] close the lock before the winter,” Sandvik said.",
    "“We will … close the lock before the winter,” Sandvik said.",
    "“Trade remains open to all ships …,” Sandvik said.",
    "“The minister has promised … her,” Sandvik said.",
    # cuts
    "Sandvik said she would “close the lock before the winter”.",
    "Sandvik said that “the ferry will return”.",
    "Adler said: “We will strike.”",
    "Fisk said the union would “sign a blank page”.",
    # denials
    "The port authority said that “the dredger had sunk in the channel”.",
    "Sandvik denied that “we must pay five crews until March”.",
    "Sandvik refused to say “we must pay five crews until March”.",
    "Adler denied that “the minister has promised nothing”.",
    # the reporter's words, and joins
    "“The lock was built by prisoners in the last century,” Adler said.",
    "“We will not close the lock before the winter. The minister has promised nothing,” Sandvik said.",
    "“The ferry will return. If the pay is cut, we will strike,” Adler said.",
    "« Nous ne fermerons pas l’écluse avant l’hiver », a déclaré Sandvik.",
]


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_bent_quotation_is_never_confirmed(draft: str) -> None:
    checked = check_quotes(draft, [("source", SOURCE)])
    assert checked
    assert checked[0].verdict is not Verdict.CONFIRMED, checked[0].reason


@pytest.mark.parametrize(
    "draft",
    [
        "“We will not close the lock before the winter,” said Mira Sandvik.",
        "Sandvik told reporters: “We must pay five crews until March.”",
        "“We will not close the lock before the winter, and we must pay five crews until March,” Sandvik said.",
        "“If the pay is cut, we will strike,” Adler said.",
        "The port authority denied that “the dredger had sunk in the channel”.",
        "Joost Adler, the head of the dockers, said: “The minister has promised nothing, and nobody believes her.”",
    ],
)
def test_the_true_counterparts_are_confirmed(draft: str) -> None:
    [checked] = check_quotes(draft, [("source", SOURCE)])
    assert checked.verdict is Verdict.CONFIRMED, checked.reason


FAMILY = """Prime Minister Astrid Fenn of Vell and her brother, the shipowner Jonas Fenn, clashed on Tuesday over the new toll.

“We will not raise the toll before the election,” Prime Minister Fenn told parliament. “Whoever says so is lying.”

“My sister is wrong,” Jonas Fenn said. “Is the toll a tax? It is not, and it would be a mistake to say that the port is finished.”

“If the toll comes, we go to court,” Greta Holt said, “and we will win.” Quoting Holt, the mayor said: “The lock is lost.”

Former fishing minister Lars Holt, asked if he would run, said: “Nobody pays for Aldane.” A senior official, who asked not to be named, said “the
numbers do not add up.”

Ines Osk met Lena Marsh on Monday. She said the lock was “as safe as a bank”. Marsh's spokesman, Piet Lund, left. Osk told him: “Go home.”

“I will stay,” he answered.

“It would be a mistake to say that the ferry is sold,” Orla Venn said. “Shall the crane go to Vell in May or to Aldane?” Venn added that the ferry “must not sail at night”.
"""


@pytest.mark.parametrize(
    "draft",
    [
        "“We will not raise the toll before the election,” Jonas Fenn said.",
        "“We will not raise the toll before the election,” the prime minister's brother said.",
        "“My sister is wrong,” Astrid Fenn said.",
        "“My sister is wrong,” the prime minister said.",
        "“[Jonas] is lying,” Prime Minister Fenn said.",
        "Jonas Fenn called the toll “a tax”.",
        "Jonas Fenn said: “The port is finished.”",
        "“Is the toll a tax,” Jonas Fenn said.",
        "“We will win,” Greta Holt said.",
        "Greta Holt said: “The lock is lost.”",
        "“Nobody pays for Aldane,” the fishing minister said.",
        "“Nobody pays for Aldane,” Greta Holt said.",
        "Ines Osk said the lock was “as safe as a bank”.",
        "Lena Marsh said the lock was “as safe as a bank”.",
        "“I will stay,” Osk said.",
        "Venn said: “The ferry is sold.”",
        "Venn said: “[The crane] must not sail at night.”",
        "Venn said: “The crane go to Vell in May.”",
        "“Go home,” Lund said.",
    ],
)
def test_relatives_namesakes_and_cut_sentences_are_not_confirmed(draft: str) -> None:
    [checked] = check_quotes(draft, [("source", FAMILY)])
    assert checked.verdict is not Verdict.CONFIRMED


@pytest.mark.parametrize(
    "draft",
    [
        "“We will not raise the toll before the election,” Astrid Fenn said.",
        "“We will not raise the toll before the election,” the prime minister said.",
        "“My sister is wrong,” Jonas Fenn said.",
        "“Is the toll a tax?” asked Jonas Fenn.",
        "“If the toll comes, we go to court, and we will win,” Greta Holt said.",
        "“Nobody pays for Aldane,” Lars Holt said.",
        "A senior official said: “The numbers do not add up.”",
        "“Go home,” Osk said.",
        "Venn said: “[The ferry] must not sail at night.”",
    ],
)
def test_their_own_words_are_confirmed(draft: str) -> None:
    [checked] = check_quotes(draft, [("source", FAMILY)])
    assert checked.verdict is Verdict.CONFIRMED, checked.reason


def test_an_accented_according_to_is_read() -> None:
    source = "La sesión duró seis horas en el puerto. «Quedan cuarenta prácticos en el puerto», dijo Greta Holt."
    for name, verdict in (("Greta Holt", Verdict.CONFIRMED), ("Lars Roth", Verdict.WRONG)):
        [checked] = check_quotes(f"Según {name}, «quedan cuarenta prácticos en el puerto».", [("source", source)])
        assert checked.verdict is verdict, checked.reason


@pytest.mark.parametrize(
    ("speaker", "verdict"),
    [("Norway", Verdict.WRONG), ("Two officials", Verdict.WRONG), ("The Harbour Bank", Verdict.UNCONFIRMED)],
)
def test_a_state_and_two_people_are_not_the_head_of_a_fund(speaker: str, verdict: Verdict) -> None:
    source = "“The crane is older than the port,” said Piet Olbrecht, head of research at the Harbour Bank in Karsholm."
    [checked] = check_quotes(f"{speaker} said: “The crane is older than the port.”", [("source", source)])
    assert checked.verdict is verdict, checked.reason
