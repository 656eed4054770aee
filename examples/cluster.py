"""Make the briefs of a Parquet corpus in a Ray cluster.

    python examples/cluster.py IN OUT -m MODEL [--address auto] [--concurrency 4] [--jobs 50] [--text text] [--id id]

IN and OUT are folders or URIs that every node can reach. Run it again after a crash: what OUT holds is not asked for again.
Then `llm diplo corpus --db diplo.db --import OUT` makes a database of the briefs. Without --address it starts Ray here.
"""

from __future__ import annotations

import argparse

import ray

from llm_diplo import summarize_dataset


def main() -> None:
    """Read, summarize, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", metavar="IN")
    parser.add_argument("briefs", metavar="OUT")
    parser.add_argument("-m", "--model")
    parser.add_argument("--address", help="of a cluster: auto, ray://…")
    parser.add_argument("--cpus", type=int, help="how many CPUs to use here")
    parser.add_argument("--concurrency", type=int, default=1, help="actors")
    parser.add_argument("--jobs", type=int, default=50, help="rows that each works on at once")
    parser.add_argument("--text", default="text", help="the column of the texts")
    parser.add_argument("--id", default="id", help="the column that tells them apart")
    args = parser.parse_args()
    ray.init(args.address, num_cpus=args.cpus)
    briefs = summarize_dataset(
        ray.data.read_parquet(args.corpus),
        model=args.model,
        text=args.text,
        id=args.id,
        resume_from=args.briefs,
        concurrency=args.concurrency,
        jobs=args.jobs,
    )
    # A writer that asked for a whole CPU would wait until all is read, and a crash lose what waits with it.
    briefs.write_parquet(args.briefs, ray_remote_args={"num_cpus": 0.25})


if __name__ == "__main__":
    main()
