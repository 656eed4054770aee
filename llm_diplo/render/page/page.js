(() => {
  "use strict";
  const find = (selector) => document.getElementById(selector);
  const items = [...document.querySelectorAll(".item")];
  const groups = [...document.querySelectorAll(".group")];
  const marks = [...document.querySelectorAll("mark[data-i]")];
  const form = find("filters"), keys = find("keys"), help = find("help"), shown = find("shown");
  const wide = matchMedia("(min-width: 60rem)"), still = matchMedia("(prefers-reduced-motion: reduce)");
  const ids = (mark) => mark.dataset.i.split(" ");
  const marksOf = new Map(items.map((item) => [item.id, []]));
  for (const mark of marks) for (const id of ids(mark)) marksOf.get(id).push(mark);
  const words = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
  let lit = [], timer = 0;

  const scrollTo = (element) =>
    element && element.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
  const light = (elements) => {
    for (const element of lit) element.classList.remove("lit");
    lit = elements;
    for (const element of lit) element.classList.add("lit");
  };
  const lightItem = (item, follow) => {
    light([item, ...marksOf.get(item.id)]);
    if (follow) scrollTo(marksOf.get(item.id)[0]);
  };
  const lightMark = (mark, follow) => {
    const cited = ids(mark).map(find).filter((item) => !item.hidden);
    light([mark, ...cited, ...cited.flatMap((item) => marksOf.get(item.id))]);
    if (follow) scrollTo(cited[0]);
  };
  const point = (target, follow) => {
    const element = target.closest && target.closest(".item, mark[data-i], .unit");
    if (!element) return;
    if (element.matches(".item")) return lightItem(element, follow);
    const mark = element.matches("mark") ? element : element.querySelector("mark[data-i]");
    if (mark) lightMark(mark, follow);
  };
  const copy = (button) => {
    const done = () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy citation"; }, 1500); };
    navigator.clipboard.writeText(button.dataset.cite).then(done, () => { prompt("Copy:", button.dataset.cite); });
  };
  const move = (by) => {
    const seen = items.filter((item) => !item.hidden);
    const here = seen.indexOf(document.activeElement.closest(".item") || lit.find((element) => element.matches(".item")));
    const next = seen[here < 0 ? (by > 0 ? 0 : seen.length - 1) : Math.min(seen.length - 1, Math.max(0, here + by))];
    if (!next) return;
    next.focus();
    lightItem(next, true);
  };
  const cross = (element) => {
    let goal;
    if (element.matches(".item")) goal = marksOf.get(element.id)[0] && marksOf.get(element.id)[0].closest(".unit");
    else if (element.querySelector("mark[data-i]")) goal = ids(element.querySelector("mark[data-i]")).map(find).find((item) => !item.hidden);
    if (!goal) return;
    goal.tabIndex = -1;
    goal.focus({ preventScroll: true });
    scrollTo(goal);
  };
  const filter = () => {
    const wanted = new FormData(form), search = wanted.get("search").trim().toLowerCase();
    let count = 0;
    for (const item of items) {
      const fits = ["kind", "stance"].every((name) => !wanted.get(name) || item.dataset[name] === wanted.get(name));
      const actor = !wanted.get("actors") || item.dataset.actors.split(" ").includes(wanted.get("actors"));
      item.hidden = !(fits && actor && words.get(item).includes(search));
      if (!item.hidden) count += 1;
    }
    for (const group of groups) group.hidden = !group.querySelector(".item:not([hidden])");
    for (const mark of marks) mark.classList.toggle("off", ids(mark).every((id) => find(id).hidden));
    shown.textContent = `${count} of ${items.length} shown`;
  };

  form.hidden = false;
  for (const button of document.querySelectorAll(".copy")) button.hidden = false;
  filter();
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("mouseover", (event) => {
    clearTimeout(timer);
    timer = setTimeout(point, 60, event.target, wide.matches);
  });
  document.addEventListener("focusin", (event) => point(event.target, wide.matches && !event.target.matches(".unit, .back")));
  document.addEventListener("click", (event) => {
    if (event.target.matches(".copy")) copy(event.target);
    if (event.target.id === "ask") help.showModal();
    if (event.target.id === "close") help.close();
  });
  const commands = {
    j: () => move(1), k: () => move(-1), "?": () => help.showModal(), "/": () => form.elements.search.focus(),
    c: () => { const item = lit.find((element) => element.matches(".item")); if (item) copy(item.querySelector(".copy")); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const target = event.target;
    if (event.key === "Escape") { light([]); if (target.blur) target.blur(); return; }
    if (target.matches("input, select")) return;
    if (event.key === "Enter" && target.matches(".item, .unit")) { event.preventDefault(); cross(target); }
    else if (keys.checked && Object.hasOwn(commands, event.key)) { event.preventDefault(); commands[event.key](); }
  });
})();
