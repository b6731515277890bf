"""The table of limits, each with its unit and reason; it never enforces them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of a deployment. Everything has one; a test lists them all in the documentation."""

    #: Bytes of a graph file: more is no hand-made agent.
    graph_bytes_max: int = 2 * 1024 * 1024
    graph_nodes_max: int = 1_000
    graph_links_max: int = 2_000
    #: The highest version that a file may ask for: the column has 31 bits, and the next version must fit, too.
    graph_version_max: int = 1_000_000_000
    #: Characters of an agent's or a folder's name, and of an agent's description, in lists; its file keeps all of them.
    graph_name_chars_max: int = 200
    graph_description_chars_max: int = 20_000
    #: Characters of the notes of a version.
    version_notes_chars_max: int = 10_000
    #: Agents in one file: one that runs agents that run agents has all of them.
    bundle_graphs_max: int = 200
    #: Folders of one organisation, and how deep they stand in one another.
    folders_max: int = 1_000
    folder_depth_max: int = 16
    #: Depth of agents that run agents: stops mutual recursion.
    child_depth_max: int = 8
    #: Node executions of one run, whatever it is given.
    run_executions_max: int = 1_000_000
    #: Of a run that is given no limit: stops endless cycles. It is then PAUSED, and may be given more.
    run_executions_default: int = 100_000
    #: Emissions of one node execution.
    execution_emissions_max: int = 250_000
    #: JSON bytes of one value that travels.
    value_bytes_max: int = 32 * 1024 * 1024
    #: Items, keys included, in all levels of one value.
    value_items_max: int = 4_000_000
    #: JSON bytes up to which a value stands inline in wire and rows; a larger one becomes a handle.
    value_inline_bytes_max: int = 1024
    #: JSON bytes up to which a handle's value is kept in PostgreSQL; a larger one goes to the object store.
    value_row_bytes_max: int = 64 * 1024
    #: Levels of nesting of a value: orjson stops at 254, and nobody writes more than a few by hand.
    value_depth_max: int = 200
    #: Items that a dynamic pin's index may ask for: `list_$_1000000000` would fill the memory.
    dynamic_index_max: int = 10_000
    #: Seconds that one attempt of a node may take, unless the node says otherwise.
    node_timeout_seconds: float = 600.0
    node_timeout_seconds_max: float = 24 * 3600.0
    #: Attempts of a node whose block fails with a transient error.
    node_attempts: int = 3
    node_attempts_max: int = 20
    #: Deaths of a worker under one dispatch before its node is blamed.
    worker_deaths_max: int = 10
    #: Node executions with effects that share a dispatch and run beside one another, and those of all such dispatches in one
    #: process: each holds connections and memory.
    batch_items_max: int = 25
    process_batch_items_max: int = 100
    #: Seconds that one of them waits in its process for room; then it is handed back, and waits in Temporal.
    batch_room_seconds: float = 30.0
    #: Bytes and number of the files that one organisation keeps.
    tenant_file_bytes_max: int = 10 * 1024 * 1024 * 1024
    tenant_files_max: int = 100_000
    #: Bytes of one file, and bytes and number of those that one run stores.
    file_bytes_max: int = 100 * 1024 * 1024
    run_file_bytes_max: int = 500 * 1024 * 1024
    run_files_max: int = 1_000
    #: Bytes of a file that a block takes into memory unless it asks for fewer, and of all that one attempt takes in.
    opened_file_bytes_max: int = 32 * 1024 * 1024
    attempt_opened_bytes_max: int = 500 * 1024 * 1024
    #: Bytes of a file that a block gives as a data: URI; a larger one is stored.
    inline_file_bytes_max: int = 48 * 1024
    #: Pixels that an image may say it has: more would fill the memory of whoever shows it.
    image_pixels_max: int = 100_000_000
    #: Steps and artifacts of one task of the Agent Protocol.
    task_steps_max: int = 1_000
    task_artifacts_max: int = 1_000
    #: Characters of one log line, and lines that one attempt at a node keeps; pieces of streamed text are lines, too.
    log_line_chars_max: int = 2_000
    log_lines_max: int = 1_000
    #: Credentials of one organisation.
    credentials_max: int = 200
    #: Bytes of one credential's secret, and headers of one that is for hosts.
    secret_bytes_max: int = 16 * 1024
    credential_headers_max: int = 20
    credential_hosts_max: int = 50
    credential_scopes_max: int = 100
    #: Presets of one agent, and listings of one organisation, those that were taken away included.
    presets_max: int = 100
    listings_max: int = 500
    #: Agents that come along with one that is listed.
    listing_agents_max: int = 50

    #: Schedules of one organisation, and cron lines and calendars of one.
    schedules_max: int = 100
    schedule_lines_max: int = 20
    #: Seconds of an interval, of the jitter, and of how far back what was missed is made up for.
    schedule_interval_seconds_min: int = 1
    schedule_interval_seconds_max: int = 366 * 86_400
    schedule_jitter_seconds_max: int = 86_400
    schedule_catch_up_seconds_min: int = 10
    schedule_catch_up_seconds_max: int = 366 * 86_400
    #: Times that are backfilled at once: Temporal keeps a thousand in its buffer.
    schedule_backfill_times_max: int = 500
    #: Orders to one run that it has not taken yet: more at once would fill its history, so callers are asked to wait.
    run_orders_waiting_max: int = 500
    #: Values, or pins, that one order to a node execution carries.
    order_values_max: int = 1_000
    #: Seconds that a run's limit of time may be raised to.
    run_wall_seconds_max: float = 10 * 366 * 86_400.0
    #: Runs of one organisation that run at once, whatever its own limit is; the others stay QUEUED.
    tenant_running_max: int = 1_000
    #: Runs of one organisation that are started and have not begun: what the engine has no time for yet waits in PostgreSQL, where
    #: organisations take turns.
    tenant_starting_max: int = 20

    #: Node executions and emissions that a run may take over from the one that it continues: they are read and copied at once.
    continued_executions_max: int = 20_000
    continued_emissions_max: int = 100_000
    #: JSON bytes of values that stand elsewhere and are fetched to compare inputs with; what is over it runs again.
    continued_fetch_bytes_max: int = 64 * 1024 * 1024

    #: Tools that one step of a node calls at once.
    round_calls_max: int = 50
    #: Questions that one step of a node asks language models: repairs and pieces of a text count, too.
    step_llm_calls_max: int = 1_000

    #: Keys under which the agents of one person remember something, characters of one (an index has to take it), and JSON bytes
    #: of what is kept under it.
    memory_keys_max: int = 10_000
    memory_key_chars_max: int = 500
    memory_value_bytes_max: int = 1024 * 1024
    #: Values of one call's result, and JSON bytes of all results of a round, that their caller is given: what is over is left out.
    call_outputs_max: int = 1_000
    round_results_bytes_max: int = 16 * 1024 * 1024
    #: JSON bytes of all that the steps of one execution remember: each later step is given all of it.
    step_memories_bytes_max: int = 32 * 1024 * 1024
    #: Rounds of one agent loop that has no limit of its own, and characters of one result that its model is told.
    agent_rounds_max: int = 500
    call_result_chars_max: int = 40_000

    #: Webhooks of one organisation, what is attached to one of them, and replays of one delivery.
    webhooks_max: int = 100
    webhook_attachments_max: int = 50
    delivery_replays_max: int = 100
    #: Bytes of what one delivery carries.
    webhook_body_bytes_max: int = 1024 * 1024
    #: People who must approve one thing, seconds that it may wait, and characters of what is said to it.
    approval_votes_max: int = 20
    approval_seconds_max: float = 366 * 86_400.0
    approval_comment_chars_max: int = 4_000
    approval_title_chars_max: int = 300
    #: JSON bytes of a form's schema.
    form_bytes_max: int = 256 * 1024
    #: Links to one approval, and hours after which one ends.
    approval_links_max: int = 100
    approval_link_hours_max: int = 24 * 90

    #: Seconds that one run of people's code may take.
    code_seconds_max: int = 3_600
    #: Bytes of memory of one run of code, all its processes and what they write into their folders together.
    code_memory_bytes_max: int = 512 * 1024 * 1024
    #: Bytes of the folder that it works in, processes and threads at a time, and bytes of each of its two outputs.
    code_folder_bytes_max: int = 64 * 1024 * 1024
    code_processes_max: int = 64
    code_output_bytes_max: int = 1024 * 1024
    #: Files that go in, or come out, and their bytes together.
    code_files_max: int = 100
    code_files_bytes_max: int = 8 * 1024 * 1024
    #: Characters of one run's code, and steps of one sandbox: each runs all those before it again.
    code_chars_max: int = 1_000_000
    code_steps_max: int = 100
    #: Runs of code at once in one process: they take memory of the machine.
    code_runs_at_once_max: int = 4
    #: Seconds and bytes of memory of one expression, and characters of its text.
    expression_seconds_max: float = 1.0
    expression_memory_bytes_max: int = 64 * 1024 * 1024
    expression_chars_max: int = 20_000


LIMITS = Limits()
