"""Google's APIs, https://developers.google.com/workspace; one sign-in for all of them, each service at an address of its own."""

from __future__ import annotations

from typing import Annotated, Any, Final

from blocks.sdk.credentials import CredentialsField, OAuth2
from blocks.sdk.providers import OAuthEndpoints, Provider
from blocks.sdk.rest import found_at

#: What a 403 says that is no refusal for good: too many requests in a while. Gmail, Calendar and Drive say it so.
_LIMITS: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})


def _is_limit(status: int, content: Any) -> bool:
    reason = found_at(content, ("error", "errors", "0", "reason"))
    return status == 403 and (reason in _LIMITS or found_at(content, ("error", "status")) == "RESOURCE_EXHAUSTED")


GOOGLE: Final = Provider(
    name="google",
    title="Google",
    base_url="https://www.googleapis.com",
    services={
        "gmail": "https://gmail.googleapis.com",
        "sheets": "https://sheets.googleapis.com",
        "docs": "https://docs.googleapis.com",
        "drive": "https://www.googleapis.com",
        "calendar": "https://www.googleapis.com",
    },
    hosts=("*.googleapis.com",),
    oauth=OAuthEndpoints(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        revoke_url="https://oauth2.googleapis.com/revoke",
        issuer="https://accounts.google.com",
        # Without these Google gives no refresh token, or only at the first time.
        parameters={"access_type": "offline", "prompt": "consent"},
    ),
    error_at=("error", "message"),
    refusals={
        400: "Google cannot do that: {said}",
        404: "Google has no such thing, or the credential may not see it: {said}",
    },
    is_limit=_is_limit,
)

_SCOPE: Final = "https://www.googleapis.com/auth/"

GmailReadCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "gmail.readonly")]
GmailSendCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "gmail.send")]
GmailAnswerCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "gmail.send", _SCOPE + "gmail.readonly")]
GmailModifyCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "gmail.modify")]
GmailDraftAnswerCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "gmail.modify", _SCOPE + "gmail.readonly")]
GmailLabelsCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "gmail.labels")]
CalendarReadCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "calendar.readonly")]
CalendarCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "calendar")]
DriveFileCredentials = Annotated[OAuth2, GOOGLE.field(_SCOPE + "drive.file")]


def _by_file(pin: str, scope: str) -> CredentialsField:
    return CredentialsField(providers=(GOOGLE.name,), scopes=(_SCOPE + scope,), named_by=pin)


#: Of blocks whose file may name the credential by which it was chosen.
SheetCredentials = Annotated[OAuth2 | None, _by_file("spreadsheet", "spreadsheets")]
SourceSheetCredentials = Annotated[OAuth2 | None, _by_file("source_spreadsheet", "spreadsheets")]
SheetSharingCredentials = Annotated[OAuth2 | None, _by_file("spreadsheet", "drive.file")]
DocumentCredentials = Annotated[OAuth2 | None, _by_file("document", "documents")]
DocumentFileCredentials = Annotated[OAuth2 | None, _by_file("document", "drive.file")]
