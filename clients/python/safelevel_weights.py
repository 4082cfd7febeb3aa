"""Reads weights out of a Safelevel vault: tensors by name, files by range, under a grant for this host's device key.

Needs Python 3.9 and `cryptography`; numpy, torch and ml_dtypes where tensors are wanted as theirs.

    weights = Weights("https://vault.example:8081", "grt_...")
    q = weights.tensor("model.layers.0.self_attn.q_proj.weight")               # numpy
    for name, tensor in weights.tensors(framework="torch"):
        ...
    with weights.open("config.json") as file:
        config = json.load(file)

The key is the one that `safelevel vault device init` made: SAFELEVEL_DEVICE_KEY, or ~/.config/safelevel/device.key. Every byte is counted
against the grant and on record before it is sent. Nothing is written to disk here; what a program does with what it read is its own.

`put` seals a checkpoint as it is born, with the operator's token and the training gate's receipt.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import os
import re
import ssl
import stat
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

#: A connection that breaks off is taken up again so often in a row.
TRIES = 5
#: Statuses that may pass: overloaded or stopping, or a budget that fills again (then `retry-after` says when).
PASSING = (502, 503, 504)
#: Read ahead by files that are read piece by piece.
BUFFER_BYTES = 4 * 1024 * 1024


class VaultError(Exception):
    """The server's answer: its code (`FORBIDDEN`, `BUDGET_SPENT`, `RATE_LIMITED`...), HTTP status and words."""

    def __init__(self, status: int, code: str, detail: str, retry_after_s: Optional[float] = None) -> None:
        super().__init__(f"{detail} ({code})")
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class File:
    """A file that the grant covers."""

    position: int
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class TensorInfo:
    """Where a tensor lies. dtype as its format spells it: BF16, F8_E4M3, Q4_K. shape in C order."""

    name: str
    file: str
    dtype: str
    shape: Tuple[int, ...]
    start: int
    size_bytes: int


class DeviceKey:
    """What this host proves itself by: an Ed25519 key as PKCS#8 in PEM, that nobody else may read."""

    def __init__(self, path: Union[str, Path, None] = None) -> None:
        """path: SAFELEVEL_DEVICE_KEY, or safelevel/device.key in the user's configuration, when left out."""
        self.path = Path(path) if path is not None else _key_path()
        with open(self.path, "rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise PermissionError(f"others may read the device key: chmod 600 {self.path}")
            key = load_pem_private_key(file.read(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{self.path} is no Ed25519 key")
        self._key = key
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._jwk = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(public)}

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        ordered = {name: self._jwk[name] for name in ("crv", "kty", "x")}
        return _base64url(hashlib.sha256(json.dumps(ordered, separators=(",", ":")).encode()).digest())

    def proof(self, method: str, url: str, token: Optional[str]) -> str:
        """A proof for one request (DPoP, RFC 9449), good once and for a minute."""
        header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": self._jwk}
        claims: Dict[str, Any] = {"jti": _base64url(os.urandom(18)), "htm": method, "htu": url, "iat": int(time.time())}
        if token is not None:
            claims["ath"] = _base64url(hashlib.sha256(token.encode()).digest())
        signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        return f"{signed}.{_base64url(self._key.sign(signed.encode()))}"


class Weights:
    """What a grant lets this host read. Each thread has a connection of its own."""

    def __init__(
        self,
        url: str,
        grant: str,
        key: Union[DeviceKey, str, Path, None] = None,
        timeout_s: float = 120.0,
        ca_file: Optional[str] = None,
    ) -> None:
        """url: of the control plane; https, or http on this machine. ca_file: PEM, where its certificate is signed by one of your own."""
        self._key = key if isinstance(key, DeviceKey) else DeviceKey(key)
        self._grant = grant
        self._http = _Http(url, timeout_s, ca_file)
        self._lock = threading.Lock()
        self._token: Optional[str] = None
        self._files: Optional[List[File]] = None
        self._index: Optional[Dict[str, TensorInfo]] = None

    def files(self) -> List[File]:
        """The files that the grant covers."""
        if self._files is None:
            answer = json.loads(self._get("/files"))
            self._files = [File(f["n"], f["path"], f["sizeBytes"], f["sha256"]) for f in answer["files"]]
        return self._files

    def index(self) -> Dict[str, TensorInfo]:
        """All tensors of all files, in the order in which they lie."""
        if self._index is None:
            index: Dict[str, TensorInfo] = {}
            for file in self.files():
                for t in json.loads(self._get(f"/files/{file.position}/tensors"))["tensors"] or []:
                    info = TensorInfo(t["name"], file.path, t["dtype"], tuple(t["shape"]), t["start"], t["length"])
                    index.setdefault(info.name, info)
            self._index = index
        return self._index

    def tensor(self, name: str, framework: str = "numpy") -> Any:
        """One tensor, as an array of numpy or of torch, and nothing else of its file.

        numpy has no bfloat16 and no 8-bit floats: they are those of ml_dtypes where it is installed; without it bfloat16 comes as float32,
        which holds the same numbers. Quantized tensors of GGUF come as their bytes (uint8, one dimension).
        """
        info = self.index().get(name)
        if info is None:
            raise KeyError(name)
        return _array(info, self._bytes(info.file, info.start, info.size_bytes), framework)

    def tensors(self, framework: str = "numpy", prefix: str = "") -> Iterator[Tuple[str, Any]]:
        """All tensors, one after the other: no more than one is in memory because of this."""
        for name in list(self.index()):
            if name.startswith(prefix):
                yield name, self.tensor(name, framework)

    def open(self, path: str) -> io.BufferedReader:
        """A file to read and seek in; what isn't read isn't sent."""
        return io.BufferedReader(_RangeFile(self, self._file(path)), BUFFER_BYTES)

    def read(self, path: str, start: int = 0, length: Optional[int] = None) -> bytearray:
        """Bytes of a file, to its end when no length is given."""
        size = self._file(path).size_bytes
        if start < 0 or start > size:
            raise ValueError("start lies outside of the file")
        return self._bytes(path, start, min(size - start, size if length is None else length))

    def _file(self, path: str) -> File:
        for file in self.files():
            if file.path == path:
                return file
        raise FileNotFoundError(path)

    def _bytes(self, path: str, start: int, length: int) -> bytearray:
        into = bytearray(length)
        self._read_into(self._file(path), start, memoryview(into))
        return into

    def _read_into(self, file: File, start: int, into: memoryview) -> None:
        """What breaks off is taken up where it broke off."""
        done = failures = 0
        while done < len(into):
            headers = {"range": f"bytes={start + done}-{start + len(into) - 1}", "if-range": f'"{file.sha256}"'}
            before = done
            try:
                with self._request("GET", f"/files/{file.position}", headers) as answer:
                    expected = f"bytes {start + done}-{start + len(into) - 1}/{file.size_bytes}"
                    if answer.status != 206 or answer.headers.get("content-range") != expected:
                        raise VaultError(answer.status, "VERIFICATION_FAILED", "the server did not answer with the range asked for")
                    while done < len(into):
                        count = answer.readinto(into[done:])
                        if count == 0:
                            raise ConnectionError("the answer broke off")
                        done += count
            except VaultError as error:
                if error.status not in PASSING or failures >= TRIES:
                    raise
                failures = 1 if done > before else failures + 1
                time.sleep(0.25 * 2**failures)
            except (OSError, http.client.HTTPException):
                failures = 1 if done > before else failures + 1
                if failures >= TRIES:
                    raise
                time.sleep(0.25 * 2**failures)

    def _get(self, path: str) -> bytes:
        with self._request("GET", path, {}) as answer:
            return answer.read()

    def _request(self, method: str, path: str, headers: Dict[str, str]) -> _Answer:
        """In the session, or in a new one when that has ended."""
        token = self._token or self._begin(None)
        try:
            return self._send(method, path, headers, token)
        except VaultError as error:
            if error.status != 401:
                raise
            return self._send(method, path, headers, self._begin(token))

    def _begin(self, ended: Optional[str]) -> str:
        with self._lock:
            if self._token is None or self._token == ended:  # else another thread has begun one
                body = json.dumps({"grant": self._grant}).encode()
                with self._send("POST", "/sessions", {"content-type": "application/json"}, None, body) as answer:
                    self._token = json.loads(answer.read())["token"]
            return self._token

    def _send(
        self, method: str, path: str, headers: Dict[str, str], token: Optional[str], body: Optional[bytes] = None
    ) -> _Answer:
        whole = f"/vault/v1{path}"
        proven = {**headers, "dpop": self._key.proof(method, self._http.url + whole, token)}
        if token is not None:
            proven["authorization"] = f"DPoP {token}"
        return self._http.send(method, whole, proven, body)


def put(
    url: str,
    token: str,
    folder: Union[str, Path],
    model: str,
    version: str,
    receipt: Optional[str] = None,
    timeout_s: float = 600.0,
    ca_file: Optional[str] = None,
) -> Dict[str, Any]:
    """Seals the files of a folder as `model/version`. The same call again goes on where it was interrupted.

    token: the operator's. receipt: the training gate's, for a checkpoint. Returns the version as the server tells it.
    """
    root = Path(folder)
    http_ = _Http(url, timeout_s, ca_file)
    bearer = {"authorization": f"Bearer {token}"}
    asked = {"model": model, "version": version, "receipt": receipt, "files": _declared(root)}
    upload = _exchange(http_, "POST", "/api/v1/weights/uploads", bearer, asked)
    place = "/api/v1/weights/uploads/" + urllib.parse.quote(upload["id"], safe="")
    for number, file in enumerate(upload["files"]):
        stored = set(file["stored"])
        with open(root / file["path"], "rb") as source:
            for part in range(file["parts"]):
                if part in stored:
                    continue
                start = part * file["partBytes"]
                length = min(file["partBytes"], file["sizeBytes"] - start)
                source.seek(start)
                content = source.read(length)
                if len(content) != length or os.fstat(source.fileno()).st_size != file["sizeBytes"]:
                    raise RuntimeError(f"{file['path']} changed while it was read")
                headers = {**bearer, "content-type": "application/octet-stream"}
                with http_.send("PUT", f"{place}/files/{number}/parts/{part}", headers, content) as answer:
                    answer.read()
    return _exchange(http_, "POST", f"{place}/seal", bearer, None)


def _declared(root: Path) -> List[Dict[str, Any]]:
    files = []
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            raise ValueError(f"{path} is a link: put the files themselves into the folder")
        if path.is_file():
            files.append({"path": path.relative_to(root).as_posix(), "sizeBytes": path.stat().st_size})
    return files


def _exchange(http_: _Http, method: str, path: str, headers: Dict[str, str], body: Any) -> Dict[str, Any]:
    content = None if body is None else json.dumps(body).encode()
    with http_.send(method, path, {**headers, "content-type": "application/json"}, content) as answer:
        return json.loads(answer.read())


class _RangeFile(io.RawIOBase):
    def __init__(self, weights: Weights, file: File) -> None:
        super().__init__()
        self._weights = weights
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning of the file")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readall(self) -> bytes:
        """At once: what Python would do by itself is ask for 8 KiB at a time."""
        into = bytearray(max(0, self._file.size_bytes - self._at))
        self.readinto(into)
        return bytes(into)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self._file.size_bytes - self._at))
        self._weights._read_into(self._file, self._at, view[:count])
        self._at += count
        return count


class _Http:
    """One connection for each thread, kept open."""

    def __init__(self, url: str, timeout_s: float, ca_file: Optional[str]) -> None:
        parts = urllib.parse.urlsplit(url.rstrip("/"))
        local = parts.hostname in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", parts.hostname or "")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError("weights are read over https, or http from this machine")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path}"
        self._parts = parts
        self._timeout_s = timeout_s
        self._context = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        self._held = threading.local()

    def send(self, method: str, path: str, headers: Dict[str, str], body: Optional[bytes]) -> _Answer:
        connection = getattr(self._held, "connection", None)
        fresh = connection is None
        while True:
            if connection is None:
                connection = self._held.connection = self._connect()
            try:
                connection.request(method, self._parts.path + path, body, headers)
                return _Answer(connection, connection.getresponse(), self)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.drop(connection)  # one that was kept open too long is no failure, once
                connection = None
                if fresh:
                    raise
                fresh = True
            except Exception:
                self.drop(connection)
                raise

    def drop(self, connection: http.client.HTTPConnection) -> None:
        connection.close()
        if getattr(self._held, "connection", None) is connection:
            self._held.connection = None

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._context)


class _Answer:
    """An answer that is read within `with`; what is left unread costs the connection, not the next request's bytes."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, http_: _Http) -> None:
        self._connection, self._answer, self._http = connection, answer, http_
        self.status, self.headers = answer.status, answer.headers
        if answer.status >= 400:
            raise self._error()

    def __enter__(self) -> _Answer:
        return self

    def __exit__(self, *_: Any) -> None:
        if not self._answer.isclosed():
            self._http.drop(self._connection)

    def read(self) -> bytes:
        return self._answer.read()

    def readinto(self, view: memoryview) -> int:
        return self._answer.readinto(view)

    def _error(self) -> VaultError:
        content = self._answer.read(65_536)
        self.__exit__()
        try:
            problem = json.loads(content)
            code, detail = str(problem["code"]), str(problem["detail"])
        except (ValueError, KeyError, TypeError):
            code, detail = "UPSTREAM_UNAVAILABLE", f"the server answered with status {self.status}"
        after = self.headers.get("retry-after", "")
        return VaultError(self.status, code, detail, float(after) if after.isdigit() else None)


#: dtype -> as numpy spells it, as torch does.
_PLAIN = {
    "F64": ("<f8", "float64"),
    "F32": ("<f4", "float32"),
    "F16": ("<f2", "float16"),
    "I64": ("<i8", "int64"),
    "I32": ("<i4", "int32"),
    "I16": ("<i2", "int16"),
    "I8": ("i1", "int8"),
    "U64": ("<u8", "uint64"),
    "U32": ("<u4", "uint32"),
    "U16": ("<u2", "uint16"),
    "U8": ("u1", "uint8"),
    "BOOL": ("?", "bool"),
    "C64": ("<c8", "complex64"),
}
#: dtype -> as ml_dtypes spells it, as torch does.
_SMALL_FLOATS = {
    "BF16": ("bfloat16", "bfloat16"),
    "F8_E4M3": ("float8_e4m3fn", "float8_e4m3fn"),
    "F8_E5M2": ("float8_e5m2", "float8_e5m2"),
    "F8_E8M0": ("float8_e8m0fnu", "float8_e8m0fnu"),
}


def _array(info: TensorInfo, content: bytearray, framework: str) -> Any:
    if framework == "torch":
        return _torch(info, content)
    if framework == "numpy":
        return _numpy(info, content)
    raise ValueError("framework is numpy or torch")


def _torch(info: TensorInfo, content: bytearray) -> Any:
    import torch

    name = {**_PLAIN, **_SMALL_FLOATS}.get(info.dtype, (None, None))[1]
    if name is None:
        return torch.frombuffer(content, dtype=torch.uint8) if content else torch.empty(0, dtype=torch.uint8)
    dtype = getattr(torch, name)
    return (torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)).reshape(info.shape)


def _numpy(info: TensorInfo, content: bytearray) -> Any:
    import numpy

    if info.dtype in _PLAIN:
        return numpy.frombuffer(content, dtype=_PLAIN[info.dtype][0]).reshape(info.shape)
    if info.dtype not in _SMALL_FLOATS:
        return numpy.frombuffer(content, dtype=numpy.uint8)
    try:
        import ml_dtypes

        return numpy.frombuffer(content, dtype=getattr(ml_dtypes, _SMALL_FLOATS[info.dtype][0])).reshape(info.shape)
    except ImportError:
        if info.dtype != "BF16":
            raise ImportError(f"numpy has no {info.dtype}: install ml_dtypes, or ask for torch") from None
    # The upper half of a float32 is a bfloat16.
    wide = numpy.frombuffer(content, dtype="<u2").astype("<u4") << 16
    return wide.view("<f4").reshape(info.shape)


def _key_path() -> Path:
    named = os.environ.get("SAFELEVEL_DEVICE_KEY")
    if named:
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(config) if config.startswith("/") else Path.home() / ".config") / "safelevel" / "device.key"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
