"""Safelevel as a guardrail of an unmodified LiteLLM proxy.

One call before the model, one after it; an answer that streams goes through a session, event by event, and leaves LiteLLM only as far
as Safelevel has judged it. Whatever can't be judged is not let through: an API that Safelevel does not read, a Safelevel that does not
answer.

Settings, by environment: SAFELEVEL_URL (http://127.0.0.1:8080), SAFELEVEL_API_KEY, SAFELEVEL_SURFACE (optional),
SAFELEVEL_TIMEOUT_SECONDS (10).
"""

import json
import os
from collections import OrderedDict
from typing import Any, AsyncIterator, Optional

import httpx
from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.types.utils import ModelResponse, ModelResponseStream, TextCompletionResponse
from pydantic import BaseModel, ConfigDict

# What LiteLLM calls its APIs, by the dialect that their bodies are in.
DIALECTS = {
    "completion": "openai-chat",
    "acompletion": "openai-chat",
    "text_completion": "openai-completions",
    "atext_completion": "openai-completions",
    "embedding": "openai-embeddings",
    "embeddings": "openai-embeddings",
    "aembedding": "openai-embeddings",
    "responses": "openai-responses",
    "aresponses": "openai-responses",
    "anthropic_messages": "anthropic-messages",
    "aanthropic_messages": "anthropic-messages",
}
# Requests in flight whose dialect is remembered from the first hook to the last.
MOST_CALLS = 100_000
REFUSED = "refused"
# Tokens come singly and are judged by the window: so many go in one call.
EVENTS_PER_CALL = 8


class SafelevelGuardrail(CustomGuardrail):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._surface: Optional[str] = os.environ.get("SAFELEVEL_SURFACE")
        self._dialects: OrderedDict[str, str] = OrderedDict()
        self._client = httpx.AsyncClient(
            base_url=os.environ.get("SAFELEVEL_URL", "http://127.0.0.1:8080"),
            headers={"authorization": f"Bearer {os.environ['SAFELEVEL_API_KEY']}"},
            timeout=float(os.environ.get("SAFELEVEL_TIMEOUT_SECONDS", "10")),
        )

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: dict, call_type: Any) -> dict:
        name = getattr(call_type, "value", call_type)
        dialect = DIALECTS.get(name)
        if dialect is None:
            raise HTTPException(403, {"error": f"Safelevel does not read the API {name}, so it is not open here"})
        verdict = await self._ask("/v1/screen", {**self._asked(dialect, data, user_api_key_dict), "sides": "prompt"})
        refused = verdict["decision"] != "allow"
        self._dialects[data["litellm_call_id"]] = REFUSED if refused else dialect
        while len(self._dialects) > MOST_CALLS:
            self._dialects.popitem(last=False)
        if refused:
            self._refuse(verdict, data)
        return data

    async def async_post_call_success_hook(self, data: dict, user_api_key_dict: Any, response: Any) -> Any:
        asked = self._screened(data, user_api_key_dict)
        verdict = await self._ask("/v1/screen", {**asked, "response": as_json(response), "sides": "completion"})
        if verdict["decision"] == "allow":
            return response
        body = verdict["refusal"]["body"]
        if isinstance(response, TextCompletionResponse):
            return TextCompletionResponse(**body)
        if isinstance(response, ModelResponse):
            return ModelResponse(**body)
        if isinstance(response, dict):
            return body
        return self._refuse(verdict, data, response)

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: dict
    ) -> AsyncIterator[Any]:
        if self._dialects.get(request_data.get("litellm_call_id")) == REFUSED:
            # LiteLLM streams the refusal itself, as if the model had come to its end; no model was asked.
            async for chunk in response:
                for choice in getattr(chunk, "choices", None) or []:
                    if getattr(choice, "finish_reason", None):
                        choice.finish_reason = "content_filter"
                yield chunk
            return
        asked = self._screened(request_data, user_api_key_dict)
        opened = await self._ask("/v1/screen/sessions", {**asked, "sides": "completion", "feed": "events"})
        path = f"/v1/screen/sessions/{opened['session']['id']}/append"
        held: list[Any] = []
        unsent: list[Any] = []
        released = 0
        async for chunk, event in events_of(response):
            held.append(chunk)
            unsent.append(event)
            if len(unsent) < EVENTS_PER_CALL:
                continue
            verdict = await self._ask(path, {"events": unsent})
            unsent = []
            if verdict["decision"] != "allow":
                for last in last_words(verdict, chunk):
                    yield last
                return
            while released < verdict["released"]:
                yield held.pop(0)
                released += 1
            if verdict["done"]:
                return
        verdict = await self._ask(path, {"events": unsent, "done": True})
        if verdict["decision"] != "allow":
            for last in last_words(verdict, held[-1] if held else None):
                yield last
            return
        for chunk in held:
            yield chunk

    def _asked(self, dialect: str, data: dict, key: Any) -> dict:
        surface = {"surface": self._surface} if self._surface else {}
        return {"dialect": dialect, "request": client_request(data), "end_user": end_user(data, key), **surface}

    def _screened(self, data: dict, key: Any) -> dict:
        """What was asked before the model was. Where nothing was, the prompt was never judged, and its answer stays here."""
        dialect = self._dialects.pop(data.get("litellm_call_id"), None)
        if dialect is None:
            raise HTTPException(403, {"error": "the prompt was not screened: add pre_call to the mode of the guardrail"})
        return self._asked(dialect, data, key)

    async def _ask(self, path: str, body: dict) -> dict:
        """A decision. What is none stops the request: undecided is not allowed."""
        try:
            answer = await self._client.post(path, json=body)
        except httpx.HTTPError as error:
            raise HTTPException(503, {"error": f"Safelevel can't be reached: {type(error).__name__}"}) from error
        if answer.status_code != 200:
            reason = answer.json().get("error", {}) if answer.headers.get("content-type", "").startswith("application/json") else {}
            status = answer.status_code if answer.status_code in (400, 403, 413, 429) else 503
            raise HTTPException(status, {"error": f"Safelevel: {reason.get('message', answer.status_code)}"})
        return answer.json()

    def _refuse(self, verdict: dict, data: dict, response: Any = None) -> None:
        """LiteLLM answers in the words of the client's API, with status 200, as a refusing model would."""
        self.raise_passthrough_exception(
            violation_message=verdict["wording"],
            request_data=data,
            detection_info={"decision": verdict["id"], "category": verdict["category"], "clause": verdict["clause"]},
        )


def client_request(data: dict) -> dict:
    """What goes to the model: the fields that the client sent, as they stand now, without those that LiteLLM keeps beside them."""
    body = (data.get("proxy_server_request") or {}).get("body") or {}
    own = {"metadata": body["metadata"]} if body.get("metadata") else {}
    return json.loads(json.dumps({**{k: data[k] for k in body if k in data and k != "metadata"}, **own}, default=str))


def end_user(data: dict, key: Any) -> Optional[str]:
    """Restrictions and strikes go by this: LiteLLM's own user or key stands in where the client names nobody."""
    for name in (data.get("user"), getattr(key, "end_user_id", None), getattr(key, "user_id", None), getattr(key, "token", None)):
        if name:
            return str(name)
    return None


def as_json(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return json.loads(value.model_dump_json(exclude_none=True))
    return json.loads(json.dumps(value, default=str))


async def events_of(stream: Any) -> AsyncIterator[tuple[Any, Any]]:
    """Chunks with the event that each is: LiteLLM hands on objects, or the provider's own bytes, cut anywhere."""
    rest = b""
    async for chunk in stream:
        if not isinstance(chunk, (bytes, str)):
            yield chunk, as_json(chunk)
            continue
        rest += chunk if isinstance(chunk, bytes) else chunk.encode()
        *whole, rest = rest.replace(b"\r\n", b"\n").split(b"\n\n")
        for raw in whole:
            event = event_of(raw)
            if event is not None:
                yield raw + b"\n\n", event
    event = event_of(rest)
    if event is not None:
        yield rest + b"\n\n", event


def event_of(raw: bytes) -> Optional[Any]:
    """The data of an event; comments have none and are left out."""
    lines = [line[5:].removeprefix(b" ") for line in raw.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines).decode() if lines else None


class LastWord(BaseModel):
    model_config = ConfigDict(extra="allow")


def last_words(verdict: dict, like: Any) -> list[Any]:
    """What ends the stream, in the form in which its chunks come."""
    sse: str = verdict["sse"]
    if isinstance(like, (bytes, str)):
        return [sse.encode()]
    chunks: list[Any] = []
    for raw in sse.encode().split(b"\n\n"):
        data = event_of(raw)
        if data is None or data == "[DONE]":
            continue  # LiteLLM ends its streams itself
        body = json.loads(data)
        # Events of the Responses API are of many types, told apart by `type`; chunks of chats and completions are of one.
        chunks.append(LastWord(**body) if "type" in body else (type(like) if like is not None else ModelResponseStream)(**body))
    return chunks
