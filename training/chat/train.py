"""Training: `python -m training.chat.train WORK --tokens 1e9`. It goes on from WORK/checkpoint.pt if that is there, and
else begins with WORK/start.pt (`reopen` makes it of a model), and else with chance.

Only what the model is to say is learned, and only there are there logits. The rate rises, stays, and falls to nothing
as the tokens or the minutes come to their end, whichever does first.
"""

import argparse
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from .attention import Parts
from .batches import Batch, Makers, Numbers
from .model import Llama, Shape
from .optimizer import Optimizers
from .tokens import load_tokenizer

__all__ = ("Run",)

SEED = 20261126
WARM_UP_STEPS = 100
STEADY_SHARE = 0.4  # of the whole, before the rate falls
PROCESSES = max(1, min(12, (os.cpu_count() or 2) - 1))
REPORTED = 100  # steps between two lines of the log


class Run:
    def __init__(self, work: Path, tokens: float, minutes: float, pace: float) -> None:
        torch.manual_seed(SEED)
        self.work, self.tokens, self.minutes, self.pace = work, tokens, minutes, pace
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.shape = Shape(load_tokenizer(work / "tokenizer.json").get_vocab_size())
        self.model = Llama(self.shape).to(self.device)
        self.optimizers = Optimizers(self.model)
        self.seen, self.steps, self.seconds = 0, 0, 0.0
        self._resume()
        if self.device == "cuda":
            for layer in self.model.layers:
                layer.compile()

    def go(self, batch: int, processes: int, save_every_seconds: float) -> None:
        # After a break, other dialogues than before.
        seed = SEED + self.steps
        makers = Makers(self.work / "tokenizer.json", seed, batch, self.shape.context, processes)
        saved = began = time.monotonic()
        before, lately = self.seconds, torch.zeros((), device=self.device)
        for made in makers:
            lately += self._learn(made)
            self.seconds = before + time.monotonic() - began
            if self.steps % REPORTED == 0:
                self._report(lately.item() / REPORTED)
                lately.zero_()
            if self._done() >= 1 or time.monotonic() - saved > save_every_seconds:
                self._save()
                saved = time.monotonic()
            if self._done() >= 1:
                return

    def _learn(self, batch: Batch) -> Tensor:
        tokens, positions, places = map(self._there, (batch.tokens, batch.positions, batch.places))
        parts = Parts(*map(self._there, (batch.starts, batch.seen, batch.seen_starts)), self.shape.context)
        for each in (parts.starts, parts.seen, parts.seen_starts, places):
            torch._dynamo.mark_dynamic(each, 0)  # now more dialogues, now fewer
        with torch.autocast(self.device, torch.bfloat16):
            logits = self.model.logits(self.model.hidden(tokens, positions, parts, places))
        loss = F.cross_entropy(logits.float(), tokens[places + 1].long())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizers.step(self._pace())
        self.seen += len(batch.tokens)
        self.steps += 1
        return loss.detach()

    def _there(self, part: Numbers) -> Tensor:
        tensor = torch.from_numpy(part)
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device == "cuda" else tensor

    def _done(self) -> float:
        """Which part of the whole."""
        return max(self.seen / self.tokens, self.seconds / 60 / self.minutes)

    def _pace(self) -> float:
        left = (1 - self._done()) / (1 - STEADY_SHARE)
        return self.pace * max(0.0, min(1.0, (self.steps + 1) / WARM_UP_STEPS, left))

    def _report(self, loss: float) -> None:
        rate = self.seen / max(self.seconds, 1e-9)
        words = f"{self.seen / 1e6:.2f} M tokens, step {self.steps}, loss {loss:.4f}, pace {self._pace():.2f}"
        sys.stderr.write(f"{self.seconds:.0f} s: {words}, {rate:.0f} tokens/s\n")

    def _resume(self) -> None:
        if (path := self.work / "checkpoint.pt").exists():
            kept = torch.load(path, map_location=self.device, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimizers.load_state_dict(kept["optimizers"])
            self.seen, self.steps, self.seconds = kept["seen"], kept["steps"], kept["seconds"]
        elif (path := self.work / "start.pt").exists():
            self.model.load_state_dict(torch.load(path, map_location=self.device, weights_only=True))

    def _save(self) -> None:
        """In one move, so that what is cut off leaves the last one whole."""
        kept = {
            "model": self.model.state_dict(),
            "optimizers": self.optimizers.state_dict(),
            "shape": asdict(self.shape),
            "seen": self.seen,
            "steps": self.steps,
            "seconds": self.seconds,
        }
        torch.save(kept, self.work / "checkpoint.new")
        os.replace(self.work / "checkpoint.new", self.work / "checkpoint.pt")


def _main() -> None:
    on_gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tokens", type=float, default=float("inf"), help="to be seen in all")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="to be spent in all")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="share of the full rate; less for what has learned much"
    )
    parser.add_argument("--batch", type=int, default=65_536 if on_gpu else 4096, help="tokens in a batch")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="that make dialogues")
    parser.add_argument("--threads", type=int, default=1, help="that compute, without a GPU")
    parser.add_argument("--save-every", type=float, default=180, metavar="SECONDS")
    chosen = parser.parse_args()
    if chosen.tokens == chosen.minutes:
        parser.error("say --tokens or --minutes: how far is it to go?")
    torch.set_num_threads(chosen.threads)
    Run(chosen.work, chosen.tokens, chosen.minutes, chosen.pace).go(chosen.batch, chosen.processes, chosen.save_every)


if __name__ == "__main__":
    _main()
