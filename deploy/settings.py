"""Settings: everything that a process reads from its environment, each with its meaning; nothing else reads it."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

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
    temporal_ui_url: str | None = Field(None, description="Temporal's UI, for links.")
    object_store_url: str | None = Field(
        None, description="Where values of over 64 KB are kept: file:///..., s3://...; absent: in the data folder."
    )
    egress_allow: str = Field(
        "", description="Addresses that blocks may reach although they are private: host:port or CIDR, by commas."
    )
    log_level: str = Field("INFO", description="The least level that is logged.")
    log_json: bool = Field(True, description="Log one JSON object a line; false: for a person.")
    database_pool_size: int = Field(10, description="Connections to PostgreSQL of one process.")
    node_slots: int = Field(100, description="Nodes that one process runs at once.")
    extra_block_modules: str = Field(
        "", description="Python modules whose blocks are added to the library, by commas; packages use entry points."
    )
    has_sandbox: bool = Field(
        False, description="Run workflows in the SDK's sandbox: slower, and catches clocks in code."
    )

    @property
    def block_modules(self) -> list[str]:
        """Give the modules of `extra_block_modules`."""
        return [name.strip() for name in self.extra_block_modules.split(",") if name.strip()]

    def environment(self, endpoints: Endpoints) -> dict[str, str]:
        """Give the variables by which a child process finds an embedded stack."""
        return {
            "DRYSTONE_DATA_DIR": str(endpoints.data_dir),
            "DRYSTONE_DATABASE_URL": endpoints.database_url,
            "DRYSTONE_TEMPORAL_ADDRESS": endpoints.temporal_address,
            "DRYSTONE_TEMPORAL_NAMESPACE": endpoints.namespace,
            "DRYSTONE_TEMPORAL_UI_URL": endpoints.temporal_ui_url,
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
