"""`llama stack jobs`: what a server does in the background."""

import time
from typing import TYPE_CHECKING

import click

from ..command import Group
from ..server import server, url_option

if TYPE_CHECKING:
    from ...apis.jobs import Job

__all__ = ("jobs",)

_POLL_SECONDS = 0.5
_ENDED = ("completed", "failed", "cancelled")


@click.group(cls=Group)
def jobs() -> None:
    """See what a server does in the background.

    \b
    llama stack jobs list --state running
    llama stack jobs wait job_4f…
    llama stack jobs cancel job_4f…
    """


@jobs.command("list")
@url_option
@click.option("--kind", metavar="KIND", help="Only jobs of this kind.")
@click.option("--state", type=click.Choice(["queued", "running", *_ENDED]), help="Only jobs in this state.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, metavar="N")
def list_(url: str | None, kind: str | None, state: str | None, limit: int) -> None:
    """List jobs, the newest first.

    \b
    llama stack jobs list --state running
    """
    from ..text import columns

    with server(url) as there:
        found = there.run(there.client.jobs.list_jobs(kind=kind, state=state, limit=limit))
    if not found.data:
        click.echo("No jobs." if kind is None and state is None else "No such jobs.")
        return
    rows = [(job.id, job.kind, job.state, _progress(job), job.error or "") for job in found.data]
    click.echo("\n".join(columns(rows, heading=("JOB", "KIND", "STATE", "DONE", "WHAT WENT WRONG"))))
    if found.has_more:
        click.echo(f"… and more: --limit {min(100, limit * 5)}")


@jobs.command()
@click.argument("job_id")
@url_option
def show(job_id: str, url: str | None) -> None:
    """Show a job as JSON.

    \b
    llama stack jobs show job_4f…
    """
    with server(url) as there:
        click.echo(there.run(there.client.jobs.get_job(job_id)).model_dump_json(indent=2))


@jobs.command()
@click.argument("job_id")
@url_option
def cancel(job_id: str, url: str | None) -> None:
    """Stop a job.

    \b
    llama stack jobs cancel job_4f…
    """
    with server(url) as there:
        job = there.run(there.client.jobs.cancel_job(job_id))
    click.echo(f"{job.id} is {job.state}" + ("" if job.state in _ENDED else ", and will stop"))


@jobs.command()
@click.argument("job_id")
@url_option
def wait(job_id: str, url: str | None) -> None:
    """Wait until a job has ended, and show how far it is.

    \b
    llama stack jobs wait job_4f…
    """
    from ..command import Failure

    with server(url) as there:
        job = there.run(there.client.jobs.get_job(job_id))
        with click.progressbar(length=job.total or 1, label=job.kind, show_pos=bool(job.total)) as bar:
            while job.state not in _ENDED:
                bar.length = job.total or bar.length
                bar.update(job.done - bar.pos)
                time.sleep(_POLL_SECONDS)
                job = there.run(there.client.jobs.get_job(job_id))
            bar.length = job.total or bar.length
            bar.update((bar.length or 0) - bar.pos if job.state == "completed" else 0)
    if job.state != "completed":
        raise Failure(
            f"{job.id} {'was' if job.state == 'cancelled' else 'has'} {job.state}: {job.error or 'no reason'}"
        )


def _progress(job: "Job") -> str:
    return f"{job.done}/{job.total}" if job.total else str(job.done or "")
