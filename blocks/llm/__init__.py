"""The providers of language models behind `blocks.sdk.llm`; no block is here, and nothing that is imported here is heavy."""
