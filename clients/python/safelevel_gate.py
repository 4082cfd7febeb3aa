"""Asks Safelevel's training gate before each segment of training.

Needs Python 3.9 and nothing else; `cryptography` where a public key is pinned. For the transformers Trainer:

    gate = Gate("http://127.0.0.1:8081", token, model="atlas", run="r1", public_key="...")
    trainer = Trainer(..., callbacks=[TrainerGate(gate)])

For PyTorch Lightning: Trainer(callbacks=[LightningGate(gate, flops_of=lambda trainer: ...)]).

An answer is a lease: it holds until it expires, or until compute reaches its `maxFlops`. While the gate can't be reached, training goes on
as long as the lease holds, and stops when it ends. Anything that makes no sense counts as "pause".
"""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from typing import Any, Callable, Optional

try:  # both are optional: without them the callbacks are plain classes of the same shape
    from transformers import TrainerCallback as _TrainerBase
except Exception:
    _TrainerBase = object
try:
    from lightning.pytorch.callbacks import Callback as _LightningBase
except Exception:
    try:
        from pytorch_lightning.callbacks import Callback as _LightningBase
    except Exception:
        _LightningBase = object

FORMAT = "safelevel-lease/1"
#: A lease is renewed when less than this share of its time is left.
RENEW_BELOW = 0.5


class Paused(Exception):
    """Training may not go on; the message says why."""


class Gate:
    """The gate as one training run sees it. Not for several threads at once."""

    def __init__(
        self,
        url: str,
        token: str,
        model: str,
        run: str,
        public_key: Optional[str] = None,
        timeout_s: float = 10.0,
        retry_s: float = 15.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """public_key: the gate's, raw Ed25519 in base64; answers that it has not signed then count as none."""
        self._url = url.rstrip("/") + "/api/v1/train/gate"
        self._token = token
        self._model = model
        self._run = run
        self._verify = _verifier(public_key)
        self._timeout_s = timeout_s
        self._retry_s = retry_s
        self._now = now
        self._lease: Optional[dict] = None
        self._asked_at = float("-inf")
        self.reasons: list = []

    @property
    def receipt(self) -> Optional[str]:
        """Id of the lease that holds: goes with each checkpoint (`safelevel checkpoint record --receipt`)."""
        return None if self._lease is None else self._lease["id"]

    def may_train(self, flops: float, until_flops: Optional[float] = None, loss: Optional[float] = None) -> bool:
        """Whether training may go on at this cumulative compute; asks the gate only when the lease runs low."""
        if self._holds(flops, until_flops) and not self._runs_low():
            return True
        # A gate that is down is not asked at every step, as long as the lease holds.
        if self._holds(flops, until_flops) and self._now() - self._asked_at < self._retry_s:
            return True
        return self.ask(flops, until_flops, loss)

    def ask(self, flops: float, until_flops: Optional[float] = None, loss: Optional[float] = None) -> bool:
        """Asks now. Unreachable: what the lease in hand says. Any answer but a valid "continue" ends the lease."""
        self._asked_at = self._now()
        question: dict = {"model": self._model, "run": self._run, "flops": flops, "loss": loss}
        if until_flops is not None:
            question["untilFlops"] = until_flops
        try:
            answer = self._post(question)
        except _Unreachable as error:
            self.reasons = [str(error)]
            return self._holds(flops, until_flops)
        try:
            lease = self._read(answer)
        except (KeyError, TypeError, ValueError) as error:
            self._lease, self.reasons = None, [f"the gate's answer makes no sense: {error}"]
            return False
        self.reasons = list(lease.get("reasons", []))
        self._lease = lease if lease["answer"] == "continue" else None
        return self._holds(flops, until_flops)

    def require(self, flops: float, until_flops: Optional[float] = None, loss: Optional[float] = None) -> None:
        """For loops of one's own: raises Paused where training may not go on."""
        if not self.may_train(flops, until_flops, loss):
            raise Paused("; ".join(self.reasons) or "the lease has ended, and the gate gives no new one")

    def _holds(self, flops: float, until_flops: Optional[float]) -> bool:
        lease = self._lease
        if lease is None:
            return False
        furthest = flops if until_flops is None else max(flops, until_flops)
        return furthest <= lease["maxFlops"] and self._now() < _seconds(lease["expiresAt"])

    def _runs_low(self) -> bool:
        assert self._lease is not None
        begin, end = _seconds(self._lease["issuedAt"]), _seconds(self._lease["expiresAt"])
        return end - self._now() < RENEW_BELOW * (end - begin)

    def _post(self, question: dict) -> dict:
        request = urllib.request.Request(
            self._url,
            data=json.dumps(question).encode(),
            headers={"content-type": "application/json", "authorization": f"Bearer {self._token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code in (429, 500, 502, 503, 504):
                raise _Unreachable(f"the gate answers with status {error.code}") from error
            detail = error.read(2000).decode("utf-8", "replace")
            return {"answer": "pause", "refused": detail}
        except (OSError, ValueError) as error:
            raise _Unreachable("the gate can't be reached") from error

    def _read(self, answer: dict) -> dict:
        if "refused" in answer:
            return {"answer": "pause", "reasons": [answer["refused"]]}
        payload = answer["signed"]["payload"]
        self._verify(payload, answer["signed"]["signature"])
        lease = json.loads(payload)
        if lease["format"] != FORMAT or (lease["model"], lease["run"]) != (self._model, self._run):
            raise ValueError("it is for another run")
        if lease["answer"] == "continue":
            float(lease["maxFlops"]), _seconds(lease["expiresAt"]), _seconds(lease["issuedAt"])
        return lease


class TrainerGate(_TrainerBase):  # type: ignore[misc,valid-type]
    """For transformers: stops training, after a checkpoint, where the gate says so. Compute is what the Trainer counts, and what came before."""

    def __init__(self, gate: Gate, base_flops: float = 0.0, flops_of: Optional[Callable[[Any], float]] = None) -> None:
        self._gate = gate
        self._flops_of = flops_of or (lambda state: base_flops + float(state.total_flos))

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not self._gate.ask(max(self._flops_of(state), 1.0)):
            raise Paused("; ".join(self._gate.reasons) or "the gate does not let training begin")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        return self._check(state, control)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        self._gate.ask(max(self._flops_of(state), 1.0))
        return self._check(state, control)

    def _check(self, state: Any, control: Any) -> Any:
        if not self._gate.may_train(max(self._flops_of(state), 1.0)):
            control.should_save = True
            control.should_training_stop = True
        return control


class LightningGate(_LightningBase):  # type: ignore[misc,valid-type]
    """For PyTorch Lightning: stops training where the gate says so."""

    def __init__(self, gate: Gate, flops_of: Callable[[Any], float]) -> None:
        """flops_of: cumulative compute, from the Lightning trainer."""
        super().__init__()
        self._gate = gate
        self._flops_of = flops_of

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        if not self._gate.ask(max(self._flops_of(trainer), 1.0)):
            raise Paused("; ".join(self._gate.reasons) or "the gate does not let training begin")

    def on_train_batch_end(self, trainer: Any, *_: Any, **__: Any) -> None:
        if not self._gate.may_train(max(self._flops_of(trainer), 1.0)):
            trainer.should_stop = True


class _Unreachable(Exception):
    pass


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()


def _verifier(public_key: Optional[str]) -> Callable[[str, str], None]:
    if public_key is None:
        return lambda payload, signature: None
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))

    def verify(payload: str, signature: str) -> None:
        try:
            key.verify(base64.b64decode(signature), f"{FORMAT}\n{payload}".encode())
        except InvalidSignature:
            raise ValueError("its signature is not the gate's") from None

    return verify
