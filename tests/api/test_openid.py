"""Access tokens of an OpenID provider: one that it signed for us opens what its person may; every forgery is nobody's."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from api.authentication import Authenticator
from api.config import OpenId
from api.errors import Unauthenticated
from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from schema.access import Role
from tests.api.serving import Api, Organisation
from tests.egress.servers import Seen, Server, reply, serve

AUDIENCE = "drystone"
ALGORITHMS = ["RS256", "ES256", "EdDSA", "HS256"]
Key = RSAKey | ECKey | OKPKey


@dataclass
class Issuer:
    """A provider with keys, and the tokens that it, or somebody who is not it, makes."""

    server: Server
    keys: dict[str, Key] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url.rstrip("/")

    def document(self) -> bytes:
        keys = KeySet(list(self.keys.values()))
        return orjson.dumps(keys.as_dict(private=False))

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        whole = {"iss": self.url, "aud": AUDIENCE, "sub": "somebody", "iat": now, "exp": now + 300, **changes}
        return {name: value for name, value in whole.items() if value is not None}

    def token(self, key: str = "rsa", header: dict[str, Any] | None = None, **changes: Any) -> str:
        algorithm = {"rsa": "RS256", "ec": "ES256", "okp": "EdDSA"}[key]
        head = {"alg": algorithm, "kid": key, **(header or {})}
        return jwt.encode(head, self.claims(**changes), self.keys[key], algorithms=ALGORITHMS)


@asynccontextmanager
async def an_issuer() -> AsyncIterator[Issuer]:
    async def respond(_seen: Seen, _writer: Any) -> bytes:
        return reply(200, issuer.document(), {"content-type": "application/json"})

    async with serve(respond) as server:
        issuer = Issuer(server)
        issuer.keys["rsa"] = RSAKey.generate_key(2048, {"kid": "rsa"})
        issuer.keys["ec"] = ECKey.generate_key("P-256", {"kid": "ec"})
        issuer.keys["okp"] = OKPKey.generate_key("Ed25519", {"kid": "okp"})
        yield issuer


@pytest_asyncio.fixture(loop_scope="session")
async def issuer() -> AsyncIterator[Issuer]:
    async with an_issuer() as found:
        yield found


@pytest.fixture
def authenticator(api: Api, issuer: Issuer) -> Authenticator:
    http = GuardedHttp(EgressPolicy(allowed_hosts=frozenset({issuer.server.host})))
    return Authenticator(api.people, http, OpenId(issuer.url, AUDIENCE, f"{issuer.url}/jwks"))


@pytest_asyncio.fixture(loop_scope="session")
async def known(api: Api, acme: Organisation, issuer: Issuer) -> Organisation:
    """An organisation whose editor the provider knows as `somebody`."""
    person = acme[Role.EDITOR].person
    assert person is not None
    await api.people.link_identity(issuer.url, "somebody", person)
    return acme


@pytest.mark.parametrize("key", ["rsa", "ec", "okp"])
async def test_a_token_that_the_provider_signed_for_us_is_its_persons(
    authenticator: Authenticator, known: Organisation, issuer: Issuer, key: str
) -> None:
    who = await authenticator.principal(issuer.token(key))
    assert (who.tenant_id, who.role, who.person_id) == (known.id, Role.EDITOR, known[Role.EDITOR].person)


async def test_a_person_in_several_organisations_says_which(
    api: Api, authenticator: Authenticator, known: Organisation, other: Organisation, issuer: Issuer
) -> None:
    email = (await known[Role.EDITOR]("{ viewer { email } }"))["email"]
    assert other.owner.person is not None
    made = await api.people.invite(other.id, email, Role.VIEWER, other.owner.person, 60)
    await api.people.accept_invitation(made.token, "x", None)
    assert (await authenticator.principal(issuer.token())).tenant_id == known.id
    there = await authenticator.principal(issuer.token(organisation=str(other.id)))
    assert (there.tenant_id, there.role) == (other.id, Role.VIEWER)
    for elsewhere in ("00000000-0000-7000-8000-00000000ffff", "nonsense"):
        with pytest.raises(Unauthenticated):
            await authenticator.principal(issuer.token(organisation=elsewhere))


async def test_a_subject_that_comes_first_is_the_member_whose_address_the_provider_verified(
    api: Api, authenticator: Authenticator, acme: Organisation, issuer: Issuer
) -> None:
    viewer = acme[Role.VIEWER]
    email = (await viewer("{ viewer { email } }"))["email"]
    for claims in ({"email": email}, {"email": email, "email_verified": "true"}, {"email_verified": True}):
        with pytest.raises(Unauthenticated):
            await authenticator.principal(issuer.token(sub="new", **claims))
    with pytest.raises(Unauthenticated):
        await authenticator.principal(issuer.token(sub="new", email="nobody@example.com", email_verified=True))
    who = await authenticator.principal(issuer.token(sub="new", email=email.upper(), email_verified=True))
    assert (who.person_id, who.role) == (viewer.person, Role.VIEWER)
    # From then on the subject counts, and no address moves it to somebody else.
    owner = (await acme.owner("{ viewer { email } }"))["email"]
    again = await authenticator.principal(issuer.token(sub="new", email=owner, email_verified=True))
    assert again.person_id == viewer.person


#: Times are made when tests are collected, and may be looked at half an hour later.
FORGED: dict[str, dict[str, Any]] = {
    "it has ended": {"exp": int(time.time()) - 120},
    "it never ends": {"exp": None},
    "it is not in force yet": {"nbf": int(time.time()) + 86_400},
    "it is from the future": {"iat": int(time.time()) + 86_400},
    "it does not say since when": {"iat": None},
    "it is for somebody else": {"aud": "another service"},
    "it is for nobody": {"aud": None},
    "another issuer made it": {"iss": "https://evil.example"},
    "it names nobody": {"sub": None},
    "it names somebody unknown": {"sub": "somebody else"},
    "it is an ID token": {"nonce": "n"},
}


@pytest.mark.parametrize("claims", FORGED.values(), ids=FORGED)
async def test_a_token_whose_claims_do_not_fit_is_nobodys(
    authenticator: Authenticator, known: Organisation, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert await authenticator.principal(issuer.token())
    with pytest.raises(Unauthenticated):
        await authenticator.principal(issuer.token(**claims))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


async def test_a_token_that_nobody_signed_is_nobodys(
    authenticator: Authenticator, known: Organisation, issuer: Issuer
) -> None:
    good = issuer.token()
    head, body, signature = good.split(".")
    assert await authenticator.principal(good)
    forged = [
        f"{part({'alg': 'none'})}.{body}.",
        f"{part({'alg': 'none', 'kid': 'rsa'})}.{body}.{signature}",
        f"{head}.{part(issuer.claims(sub='somebody', exp=int(time.time()) + 9_999))}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        "..",
        "a" * 1_000_000,
    ]
    for token in forged:
        with pytest.raises(Unauthenticated):
            await authenticator.principal(token)


async def test_a_public_key_is_no_shared_secret(
    authenticator: Authenticator, known: Organisation, issuer: Issuer
) -> None:
    """The confusion of RS256 with HS256: the provider's public key, which everyone has, taken for a secret."""
    public = (
        issuer.keys["rsa"]
        .raw_value.public_key()
        .public_bytes(  # type: ignore[union-attr]
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    signed = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(issuer.claims())}"
    digest = hmac.new(public, signed.encode(), "sha256").digest()
    token = f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    with pytest.raises(Unauthenticated):
        await authenticator.principal(token)


async def test_keys_that_a_token_brings_along_are_not_used(
    authenticator: Authenticator, known: Organisation, issuer: Issuer
) -> None:
    async with an_issuer() as evil:
        for header in (
            {"jku": f"{evil.url}/jwks"},
            {"jwk": evil.keys["rsa"].as_dict(private=False)},
            {"x5u": f"{evil.url}/x5u"},
            {"crit": ["exp"]},
            {"typ": "logout+jwt"},
        ):
            head = {"alg": "RS256", "kid": "rsa", **header}
            with pytest.raises(Unauthenticated):
                await authenticator.principal(make(head, issuer.claims(), evil.keys["rsa"]))
        assert evil.server.connects == 0


def make(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """Sign without the checks of a well-behaved library."""
    signed = jwt.encode({"alg": "RS256"}, claims, key, algorithms=["RS256"])
    _, body, _ = signed.split(".")
    from_header = f"{part(header)}.{body}"
    signature = key.get_op_key("sign")  # type: ignore[union-attr]
    data = signature.sign(from_header.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{from_header}.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


async def test_keys_that_the_provider_turned_are_fetched_once(
    authenticator: Authenticator, known: Organisation, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await authenticator.principal(issuer.token())
    assert await authenticator.principal(issuer.token())
    assert issuer.server.connects == 1
    issuer.keys["rsa"] = RSAKey.generate_key(2048, {"kid": "rsa-2"})
    turned = jwt.encode({"alg": "RS256", "kid": "rsa-2"}, issuer.claims(), issuer.keys["rsa"], algorithms=ALGORITHMS)
    for _ in range(3):  # Within the minute nobody makes us ask again.
        with pytest.raises(Unauthenticated):
            await authenticator.principal(turned)
    assert issuer.server.connects == 1
    monkeypatch.setattr("api.authentication.REFETCH_SECONDS", 0.0)
    assert await authenticator.principal(turned)
    assert issuer.server.connects == 2


async def test_without_a_provider_a_token_of_one_is_nobodys(api: Api, known: Organisation, issuer: Issuer) -> None:
    answer = await api.client(issuer.token()).post("{ viewer { id } }")
    assert answer.status_code == 401
