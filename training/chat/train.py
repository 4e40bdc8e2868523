"""Training: `python -m training.chat.train WORK --tokens 15.6e6`. It goes on from WORK/checkpoint.pt if that is there.

First noise is copied, until attention does that well; then come dialogues, with a little noise among them. The rate
rises, stays, and falls to nothing. Only what the model is to say is learned, and only there are there logits.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch.nn import functional as F  # noqa: N812

from .batches import Batch, copying, learning
from .model import Llama, Shape
from .optimizer import Optimizers
from .tokens import load_tokenizer

__all__ = ("Run",)

SEED = 20261126
COPYING_TOKENS = 0.6e6
# Of the batches, as long as so many tokens were not seen: without it, copying is unlearned again.
COPYING_SHARES = ((COPYING_TOKENS, 1.0), (3e6, 0.3), (6e6, 0.15), (float("inf"), 0.04))
WARM_UP_TOKENS = 0.15e6
STEADY_SHARE = 0.5  # of all tokens, before the rate falls


class Run:
    def __init__(self, work: Path, tokens: float, batch: int) -> None:
        torch.manual_seed(SEED)
        self.work, self.budget, self.batch = work, tokens, batch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = load_tokenizer(work / "tokenizer.json")
        self.shape = Shape(self.tokenizer.get_vocab_size())
        self.model = Llama(self.shape).to(self.device)
        self.optimizers = Optimizers(self.model)
        self.seen, self.steps, self.seconds = 0, 0, 0.0
        self._resume()

    def go(self, save_every_seconds: float) -> None:
        saved = started = time.monotonic()
        lately: list[float] = []
        for batch in self._batches():
            began = time.monotonic()
            lately.append(self._learn(batch))
            self.seconds += time.monotonic() - began
            if len(lately) == 50:
                self._report(sum(lately) / len(lately), time.monotonic() - started)
                lately.clear()
            if time.monotonic() - saved > save_every_seconds or self.seen >= self.budget:
                self._save()
                saved = time.monotonic()
            if self.seen >= self.budget:
                return

    def _batches(self) -> Iterator[Batch]:
        seed = SEED + self.steps  # after a break, other dialogues than before
        noise = copying(self.tokenizer, seed, self.batch)
        talk = learning(self.tokenizer, seed, self.batch, self.shape.context)
        chance = torch.Generator().manual_seed(seed)
        while True:
            share = next(share for tokens, share in COPYING_SHARES if self.seen < tokens)
            yield next(noise if torch.rand((), generator=chance) < share else talk)

    def _learn(self, batch: Batch) -> float:
        tokens, places, targets = (part.to(self.device) for part in (batch.tokens, batch.places, batch.targets))
        with torch.autocast(self.device, torch.bfloat16):
            hidden = self.model.hidden(tokens)
            logits = self.model.logits(hidden.flatten(0, 1)[places])
        loss = F.cross_entropy(logits.float(), targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizers.step(self._pace())
        self.seen += tokens.numel()
        self.steps += 1
        return loss.item()

    def _pace(self) -> float:
        left = (1 - self.seen / self.budget) / (1 - STEADY_SHARE)
        return max(0.0, min(1.0, self.seen / WARM_UP_TOKENS + 0.01, left))

    def _report(self, loss: float, elapsed: float) -> None:
        rate = self.seen / max(self.seconds, 1e-9)
        words = f"{self.seen / 1e6:.2f} M tokens, step {self.steps}, loss {loss:.4f}, pace {self._pace():.2f}"
        sys.stderr.write(f"{elapsed:.0f} s: {words}, {rate:.0f} tokens/s\n")

    def _resume(self) -> None:
        if (path := self.work / "checkpoint.pt").exists():
            kept = torch.load(path, map_location=self.device, weights_only=True)
            self.model.load_state_dict(kept["model"])
            self.optimizers.load_state_dict(kept["optimizers"])
            self.seen, self.steps, self.seconds = kept["seen"], kept["steps"], kept["seconds"]

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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tokens", type=float, default=15.6e6)
    parser.add_argument("--batch", type=int, default=4096, help="tokens in a batch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every", type=float, default=180, metavar="SECONDS")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    Run(chosen.work, chosen.tokens, chosen.batch).go(chosen.save_every)
