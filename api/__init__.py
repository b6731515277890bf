"""The edge: GraphQL, REST and webhooks; domain errors become answers here, and no node ever runs here."""
