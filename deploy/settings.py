"""Settings: everything that a process reads from its environment, each with its meaning; nothing else reads it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from deploy.stack import Endpoints


class Settings(BaseSettings):
    """Settings of a process, from DRYSTONE_* variables."""

    model_config = SettingsConfigDict(env_prefix="DRYSTONE_", extra="ignore")

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("drystone"),
        description="The folder of the embedded stack: databases, values, logs.",
    )
    database_url: str | None = Field(
        None, description="PostgreSQL, as postgresql+asyncpg://...; absent: the embedded one of the data folder."
    )
    temporal_address: str | None = Field(None, description="Temporal's frontend, host:port; absent: the embedded one.")
    temporal_namespace: str = Field("default", description="Temporal's namespace.")
    temporal_tls: bool = Field(False, description="Talk to Temporal over TLS; needed in production beyond loopback.")
    temporal_ca_file: Path | None = Field(
        None, description="The authority that vouches for Temporal's certificate, as PEM; absent: those of the system."
    )
    temporal_certificate_file: Path | None = Field(
        None, description="This installation's certificate for Temporal, as PEM, where that asks for one."
    )
    temporal_key_file: Path | None = Field(None, description="The private key of that certificate, as PEM.")
    temporal_server_name: str | None = Field(
        None, description="The name in Temporal's certificate, where it is not that of its address."
    )
    temporal_api_key: SecretStr | None = Field(
        None, description="The API key that Temporal asks for, as its cloud does."
    )
    temporal_ui_url: str | None = Field(None, description="Temporal's UI, for links.")
    object_store_url: str | None = Field(
        None, description="Where values of over 64 KB are kept: file:///..., s3://...; absent: in the data folder."
    )
    egress_allow: str = Field(
        "", description="Addresses that blocks may reach although they are private: host:port or CIDR, by commas."
    )
    secrets_dir: Path | None = Field(
        None,
        description="A folder of secrets: the file `drystone_keys` in it gives DRYSTONE_KEYS, where no variable does.",
    )
    log_level: str = Field("INFO", description="The least level that is logged.")
    log_json: bool = Field(True, description="Log one JSON object a line; false: for a person.")
    ops_address: str | None = Field(
        None,
        description="Where this process answers `/healthz`, `/readyz` and `/metrics` to operators: host:port; absent: nowhere.",
    )
    otlp_endpoint: str | None = Field(
        None,
        description="The OpenTelemetry collector that traces are sent to, as http://host:4318; absent: none are made.",
    )
    trace_ratio: float = Field(
        1.0, ge=0, le=1, description="The part of the runs that is traced, where their callers do not decide it."
    )
    database_pool_size: int = Field(10, description="Connections to PostgreSQL of one process.")
    node_slots: int = Field(
        100, description="Nodes that one process runs at once; of those that share dispatches, up to as many more."
    )
    worker_memory_bytes_max: int | None = Field(
        None,
        description="Bytes of memory above which a worker ends in good order, and is started anew, rid of leaks; absent: any.",
    )
    engine_steps_regions: Literal["none", "library", "all"] = Field(
        "library",
        description="Which blocks short regions may run in the engine's own process: `none`, those of the `library`, `all`.",
    )
    extra_block_modules: str = Field(
        "", description="Python modules whose blocks are added to the library, by commas; packages use entry points."
    )
    block_folders: str = Field(
        "", description="Folders whose blocks are added: a package's project or loose modules each, by commas."
    )
    mode: Literal["development", "production"] = Field(
        "development", description="Production hides the GraphQL schema and refuses to start with weak settings."
    )
    api_host: str = Field("127.0.0.1", description="The address on which the API listens.")
    api_port: int = Field(8080, description="The port on which the API listens.")
    api_url: str | None = Field(
        None, description="The API that the command line calls; absent: the embedded stack's of the data folder."
    )
    token: SecretStr | None = Field(None, description="The API key with which the command line calls it.")
    public_url: str | None = Field(None, description="Where the API is reached from outside, for links and redirects.")
    has_authentication: bool = Field(
        True, description="False: everyone is the first owner; refused where the API listens beyond loopback."
    )
    allowed_origins: str = Field("", description="Origins of web pages that may call the API, by commas.")
    allowed_hosts: str = Field("*", description="Host names under which the API answers, by commas.")
    openid_issuer: str | None = Field(None, description="The OpenID provider whose access tokens are accepted.")
    openid_audience: str = Field("drystone", description="The audience that its tokens must be for.")
    openid_jwks_url: str | None = Field(None, description="Where the provider's keys are.")
    openid_algorithms: str = Field("RS256,ES256,EdDSA", description="Signature algorithms that are accepted.")
    clamd_address: str | None = Field(
        None, description="clamd, host:port, which scans uploads and the files of blocks; absent: no scan."
    )
    accepts_unscanned: bool = Field(False, description="Accept files while the scanner is away, marked as such.")
    upload_bytes_max: int = Field(100 * 1024 * 1024, description="Bytes of one uploaded file.")
    requests_per_minute: int = Field(600, description="Requests of one caller.")
    sign_ins_per_minute: int = Field(10, description="Tries to sign in from one address.")
    deliveries_per_minute: int = Field(600, description="Deliveries that one webhook takes, repeats included.")
    github_api_url: str = Field(
        "https://api.github.com", description="GitHub's REST API, by which webhooks are registered there."
    )
    key_file: Path | None = Field(
        None, description="The keys that seal credentials; absent: `keys.json` in the data folder, made when missing."
    )
    keys: SecretStr | None = Field(
        None,
        description="Those keys as text instead of a file: id:base64 of 32 bytes, by commas, the current one first.",
    )
    codec_keys: SecretStr | None = Field(
        None,
        description="The keys that seal payloads for Temporal: id:base64, by commas, the current one first; absent: no sealing.",
    )
    codec_key_file: Path | None = Field(
        None,
        description="Those keys as a file instead, which `drystone codec` makes and which is read again when it changes.",
    )
    codec_mode: Literal["opening", "sealing", "strict"] = Field(
        "strict",
        description="With those keys: only open, or seal and take plain payloads, too, or seal and refuse those.",
    )
    provider_urls: dict[str, str] = Field(
        default_factory=dict,
        description="Where providers are that are not where they say, as JSON: an own GitHub Enterprise, say.",
    )
    llm_demo: bool | None = Field(
        None,
        description="The demo answers where a node has no credential for a language model; absent: in the embedded stack only.",
    )
    llm_demo_words_per_second: float | None = Field(
        None,
        ge=0,
        le=1_000,
        description="How quickly the demo's text grows where it is shown; 0: at once; absent: 12 in `dev` and `demo`, else 0.",
    )
    oauth_file: Path | None = Field(None, description="OAuth providers with client id and secret, as JSON.")
    build_id: str | None = Field(
        None,
        description="The version of this process's engine, in Temporal; absent: unversioned, as the embedded stack is.",
    )
    deployment: str = Field(
        "drystone",
        description="The deployment in Temporal of which that is a version; what deploys may have a name of its own.",
    )
    run_retention_days: int | None = Field(
        None,
        ge=0,
        description="Days after which a run that ended is deleted with all that is of it; absent or 0: never.",
    )
    event_retention_days: int = Field(
        30, ge=0, description="Days after which the events of a run that ended are forgotten; 0: never."
    )
    has_sandbox: bool = Field(
        False, description="Run workflows in the SDK's sandbox: slower, and catches clocks in code."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look for each setting in what the code gives, in the environment, then in the folder of secrets."""
        folder = os.environ.get("DRYSTONE_SECRETS_DIR")
        files = [SecretsSettingsSource(settings_cls, secrets_dir=folder)] if folder else []
        return init_settings, env_settings, *files

    @property
    def block_modules(self) -> list[str]:
        """Give the modules of `extra_block_modules`."""
        return [name.strip() for name in self.extra_block_modules.split(",") if name.strip()]

    @property
    def has_llm_demo(self) -> bool:
        """Say whether the demo answers in this process; never in production, whatever is set."""
        return bool(self.llm_demo) and self.mode != "production"

    @property
    def has_codec(self) -> bool:
        """Say whether payloads for Temporal are sealed."""
        return self.codec_keys is not None or self.codec_key_file is not None

    @property
    def folders_of_blocks(self) -> list[Path]:
        """Give the folders of `block_folders`."""
        return [Path(name.strip()) for name in self.block_folders.split(",") if name.strip()]

    def environment(self, endpoints: Endpoints) -> dict[str, str]:
        """Give the variables by which a child process finds an embedded stack, and the blocks that it is to have."""
        return {
            "DRYSTONE_BLOCK_FOLDERS": self.block_folders,
            "DRYSTONE_DATA_DIR": str(endpoints.data_dir),
            "DRYSTONE_LLM_DEMO": str(self.llm_demo is not False and self.mode != "production").lower(),
            "DRYSTONE_LLM_DEMO_WORDS_PER_SECOND": str(self.llm_demo_words_per_second or 0),
            "DRYSTONE_ENGINE_STEPS_REGIONS": self.engine_steps_regions,
            "DRYSTONE_DATABASE_URL": endpoints.database_url,
            "DRYSTONE_TEMPORAL_ADDRESS": endpoints.temporal_address,
            "DRYSTONE_TEMPORAL_NAMESPACE": endpoints.namespace,
            "DRYSTONE_TEMPORAL_UI_URL": endpoints.temporal_ui_url,
            "DRYSTONE_API_PORT": str(urlsplit(endpoints.api_url or "//:8080").port),
        }

    def at(self, endpoints: Endpoints) -> Settings:
        """Give these settings for an embedded stack."""
        return self.model_copy(
            update={
                "data_dir": endpoints.data_dir,
                "database_url": endpoints.database_url,
                "temporal_address": endpoints.temporal_address,
                "temporal_namespace": endpoints.namespace,
                "temporal_ui_url": endpoints.temporal_ui_url,
            }
        )
