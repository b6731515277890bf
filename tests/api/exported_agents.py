"""Agents that find, sort, decide and do, shaped like those that people share, and all of ours; no test is here.

Those that write texts are in `writing_agents`. `SERVICES` in an input stands for the address of the local services.
"""

from __future__ import annotations

from typing import Any

from tests.api import writing_agents
from tests.api.exported import Agent, exported, theirs, unique
from tests.api.exported_nodes import EMPTY, OPENAI, SERVICES, an_output, text_input

TRIAGE = Agent(
    exported(
        "Support Triage",
        {
            "hook": ("GenericWebhookTriggerBlock", {"constants": {"team": "Ann"}, "payload": {}}),
            "text": ("FindInDictionaryBlock", {"key": "message"}),
            "is_angry": (
                "AIConditionBlock",
                {**OPENAI, "condition": "the customer is angry", "yes_value": "urgent", "no_value": "normal"},
            ),
            "is_urgent": ("IfInputMatchesBlock", {"value": "urgent", "yes_value": "call {{them}}", "no_value": ""}),
            "reply": ("AITextGeneratorBlock", {**OPENAI, **EMPTY, "prompt": "Answer: {{text}}"}),
            "out": an_output("Reply"),
            "who": an_output("Who"),
            "kind": an_output("Kind"),
        },
        [
            "hook.payload -> text.input",
            "text.output -> is_angry.input_value",
            "is_angry.yes_output -> is_urgent.input",
            "is_angry.yes_output -> kind.value",
            "text.output -> reply.prompt_values_#_text",
            "reply.response -> out.value",
            "hook.constants_#_team -> who.value",
        ],
        has_external_trigger=True,
        trigger_setup_info={"provider": "generic_webhook", "config_schema": {}, "credentials_input_name": None},
    ),
    {},
    {"Reply": "Answer: My wall fell", "Who": ["Ann"], "Kind": ["urgent"]},
    payload={"message": "My wall fell"},
)

RESUMES = Agent(
    exported(
        "Resume Screener",
        {
            "resume": ("AgentFileInputBlock", {"name": "Resume", "value": None, "base_64": False}),
            "least": ("AgentNumberInputBlock", {"name": "Least score", "value": 0}),
            "read": (
                "FileReadBlock",
                {"delimiter": "\n\n", "size_limit": 0, "row_limit": 0, "skip_size": 0, "skip_rows": 0},
            ),
            "score": (
                "AIStructuredResponseGeneratorBlock",
                {
                    **EMPTY,
                    **theirs("groq"),
                    "model": "llama-3.1-8b-instant",
                    "prompt": "Score this: {{resume}}",
                    "expected_format": {"name": "Who it is", "score": "1 to 10"},
                    "list_result": True,
                },
            ),
            "each": ("StepThroughItemsBlock", {"items": [], "items_object": {}, "items_str": ""}),
            "get": ("FindInDictionaryBlock", {"key": "score", "input": None}),
            "number": ("UniversalTypeConverterBlock", {"type": "number"}),
            "good": ("ConditionBlock", {"operator": ">="}),
            "out": an_output("Good"),
        },
        [
            "resume.result -> read.file_input",
            "read.content -> score.prompt_values_#_resume",
            "score.response -> each.items",
            "each.item -> get.input",
            "get.output -> number.value",
            "number.value -> good.value1",
            "least.result => good.value2",
            "each.item -> good.yes_value",
            "good.yes_output -> out.value",
        ],
    ),
    {"Resume": "data:text/plain;base64,QW5uIGJ1aWxkcyB3YWxscy4="},
    {"Good": "[demo] Who it is"},
)

_SUMMARY = exported(
    "Page Summary",
    {
        "url": ("AgentShortTextInputBlock", {"name": "URL"}),
        "read": ("ExtractWebsiteContentBlock", {**theirs("jina"), "raw_content": False}),
        "sum": ("AITextSummarizerBlock", {**OPENAI, "style": "concise"}),
        "out": an_output("Summary"),
    },
    ["url.result => read.url", "read.content -> sum.text", "sum.summary -> out.value"],
)

_SUMMARY_SCHEMA = {"type": "object", "properties": {"URL": {"title": "URL", "advanced": False}}, "required": ["URL"]}


def _sub_agent(**fields: Any) -> tuple[Any, ...]:
    gives = {"type": "object", "properties": {"Summary": {"title": "Summary"}}, "required": ["Summary"]}
    ids = {"user_id": "somebody", "graph_id": unique("Page Summary"), "graph_version": 7}
    return ("AgentExecutorBlock", {**ids, "input_schema": _SUMMARY_SCHEMA, "output_schema": gives, **fields})


COMPETITORS = Agent(
    exported(
        "Competitor Research",
        {
            "names": ("AgentLongTextInputBlock", {"name": "Competitors", "value": None}),
            "split": ("TextSplitBlock", {"delimiter": "\n", "strip": True}),
            "each": ("StepThroughItemsBlock", {}),
            "search": ("SearchTheWebBlock", theirs("jina")),
            "address": ("FillTextTemplateBlock", {"format": "https://{{name | lower}}.example", "values": {}}),
            "page": _sub_agent(data={}, nodes_input_masks=None, agent_name="Page Summary"),
            "card": ("CreateDictionaryBlock", {"values": {}}),
            "none": ("CreateListBlock", {"values": [], "max_size": None, "max_tokens": None}),
            "all": ("AddToListBlock", {}),
            "report": ("AITextGeneratorBlock", {**OPENAI, **EMPTY, "prompt": "{{cards}}"}),
            "out": an_output("Report"),
            "cards": an_output("Cards"),
        },
        [
            "names.result -> split.text",
            "split.texts -> each.items",
            "each.item -> search.query",
            "each.item -> address.values_#_name",
            "address.output -> page.URL",
            "search.results -> card.values_#_found",
            "page.Summary -> card.values_#_page",
            "card.dictionary -> all.entry",
            "none.list -> all.list",
            "all.updated_list -> all.list",
            "all.updated_list -> report.prompt_values_#_cards",
            "all.updated_list -> cards.value",
            "report.response -> out.value",
        ],
        sub_graphs=[_SUMMARY],
    ),
    {"Competitors": "Acme\nBrick"},
    {"Report": "[demo]", "Cards": "They stand for centuries"},
    credentials=("jina_api_key_credentials",),
)

EXTRACTION = Agent(
    exported(
        "Data Extraction",
        {
            "address": text_input("API"),
            "ask": (
                "SendWebRequestBlock",
                {"method": "GET", "headers": {}, "json_format": True, "body": {}, "files_name": "file", "files": []},
            ),
            "first": ("FindInDictionaryBlock", {"key": "name"}),
            "rows": (
                "ReadSpreadsheetBlock",
                {
                    "produce_singular_result": "true",
                    "contents": "name,price\nstone,3\nmortar,",
                    "delimiter": ",",
                    "skip_rows": "0",
                },
            ),
            "each": ("StepThroughItemsBlock", {"items_str": ""}),
            "sum": ("CalculatorBlock", {"operation": "Multiply", "b": "2", "round_result": False}),
            "xml": ("XMLParserBlock", {"input_xml": "<a><b>1</b><b>2</b></a>"}),
            "out": an_output("First"),
            "double": an_output("Double"),
            "row": an_output("Row"),
            "both": an_output("Both"),
            "none": an_output("Nothing"),
        },
        [
            "address.result -> ask.url",
            "ask.response_#_items_$_0 -> first.input",
            "ask.response_#_total -> sum.a",
            "ask.client_error -> none.value",
            "first.output -> out.value",
            "sum.result -> double.value",
            "rows.row -> row.value",
            "xml.parsed_xml_#_a_$_1 -> both.value",
        ],
    ),
    {"API": f"{SERVICES}/api/items"},
    {
        "First": ["stone"],
        "Double": [4.0],
        "Row": [{"name": "stone", "price": "3"}, {"name": "mortar", "price": ""}],
        "Both": [{"b": "2"}],
    },
)

CHOOSER = Agent(
    exported(
        "Smart Decision",
        {
            "task": text_input("Task"),
            "decide": (
                "OrchestratorBlock",
                {
                    **OPENAI,
                    **EMPTY,
                    "prompt": "{{task}}",
                    "conversation_history": [],
                    "multiple_tool_calls": False,
                    "last_tool_output": None,
                    "agent_mode_max_iterations": 0,
                },
            ),
            "add": ("CalculatorBlock", {"operation": "Add"}, {"customized_name": "add two numbers"}),
            "page": _sub_agent(inputs={}),
            "result": ("StoreValueBlock", {"data": None}),
            "out": an_output("Answer"),
        },
        [
            "task.result => decide.prompt_values_#_task",
            "decide.tools_^_add_~_a -> add.a",
            "decide.tools_^_add_~_b -> add.b",
            "decide.tools_^_page_~_url -> page.URL",
            "add.result -> decide.last_tool_output",
            "page.Summary -> decide.last_tool_output",
            "decide.conversations -> decide.conversation_history",
            "decide.finished -> result.input",
            "result.output => out.value",
        ],
        sub_graphs=[_SUMMARY],
    ),
    {"Task": "Add what must be added, then read the page."},
    {"Answer": "[demo]"},
    credentials=("jina_api_key_credentials",),
)

CODER = Agent(
    exported(
        "Code Runner",
        {
            "what": text_input("What"),
            "write": ("AITextGeneratorBlock", {**OPENAI, **EMPTY, "prompt": "Write Python code that {{what}}"}),
            "code": ("CodeExtractionBlock", {}),
            "run": (
                "ExecuteCodeBlock",
                {**theirs("e2b"), "language": "python", "timeout": 300, "setup_commands": [], "template_id": ""},
                {"credentials_optional": True},
            ),
            "trim": ("TextReplaceBlock", {"old": "\n", "new": ""}),
            "out": an_output("Printed"),
            "why": an_output("Why not"),
        },
        [
            "what.result -> write.prompt_values_#_what",
            "write.response -> code.text",
            "code.python -> run.code",
            "run.stdout_logs -> trim.text",
            "trim.output -> out.value",
            "run.error -> why.value",
        ],
    ),
    {"What": "greets"},
    {"Printed": ["[demo] hello"]},
)

LEADS = Agent(
    exported(
        "Local Lead Finder",
        {
            "place": text_input("Where"),
            "find": ("GoogleMapsSearchBlock", {**theirs("google_maps"), "radius": "3000", "max_results": 2}),
            "site": ("FindInDictionaryBlock", {"key": "website"}),
            "read": ("ExtractWebsiteContentBlock", {**theirs("jina")}),
            "mail": (
                "AIStructuredResponseGeneratorBlock",
                {**OPENAI, **EMPTY, "prompt": "{{page}}", "expected_format": {"email": "Their address"}},
            ),
            "lead": ("AddToDictionaryBlock", {"key": "", "value": None, "entries": {}}),
            "none": ("CreateListBlock", {"values": []}),
            "all": ("AddToListBlock", {"list": [], "position": None}),
            "out": an_output("Leads"),
        },
        [
            "place.result => find.query",
            "find.place -> site.input",
            "site.output -> read.url",
            "read.content -> mail.prompt_values_#_page",
            "find.place -> lead.dictionary",
            "mail.response -> lead.entries",
            "lead.updated_dictionary -> all.entry",
            "none.list -> all.list",
            "all.updated_list -> all.list",
            "all.updated_list -> out.value",
        ],
    ),
    {"Where": "walls in Bern"},
    {"Leads": "Their address"},
    credentials=("google_maps_api_key_credentials", "jina_api_key_credentials"),
)

ISSUES = Agent(
    exported(
        "Issue Helper",
        {
            "repo": text_input("Repository", value="https://github.com/acme/walls"),
            "list": ("GithubListIssuesBlock", {**theirs("github", type="oauth2")}),
            "address": ("FindInDictionaryBlock", {"key": "url"}),
            "say": ("AITextGeneratorBlock", {**OPENAI, **EMPTY, "prompt": "Comment on {{title}}"}),
            "comment": ("GithubCommentBlock", {**theirs("github", type="oauth2")}),
            "out": an_output("Comments"),
        },
        [
            "repo.result => list.repo_url",
            "list.issue -> address.input",
            "list.issue_#_title -> say.prompt_values_#_title",
            "address.output -> comment.issue_url",
            "say.response -> comment.comment",
            "comment.url -> out.value",
        ],
    ),
    {},
    {"Comments": ["https://github.com/c/9"]},
    credentials=("github_api_key_oauth2_credentials",),
)

COUNTING = Agent(
    exported(
        "Three Tries",
        {
            "start": ("UniversalTypeConverterBlock", {"type": "number", "value": "0"}),
            "one": ("UniversalTypeConverterBlock", {"type": "number", "value": "1"}),
            "again": ("StoreValueBlock", {"input": None}),
            "add": ("CalculatorBlock", {"operation": "Add", "a": 0, "b": 1, "round_result": False}),
            "more": ("ConditionBlock", {"operator": "<", "value2": "3", "yes_value": None, "no_value": "enough"}),
            "out": an_output("End"),
            "alone": ("AddToListBlock", {"list": [], "entry": "never"}, {"customized_name": "Left over"}),
            "after": ("CombineTextsBlock", {"delimiter": ""}),
            "odd": ("SendWebRequestBlock", {"url": "", "method": "GET", "body": None}),
            "styled": ("AITextSummarizerBlock", {**OPENAI, "text": "A wall.", "style": "haiku", "max_tokens": 0}),
            "short": an_output("Summary"),
        },
        [
            "start.value -> add.a",
            "one.value => again.input",
            "again.output => add.b",
            "more.yes_output -> add.a",
            "add.result -> more.value1",
            "more.no_output -> out.value",
            "alone.updated_list -> alone.list",
            "alone.updated_list -> after.input",
            "styled.summary -> short.value",
        ],
    ),
    {},
    {"End": "enough", "Summary": "[demo]"},
    failing=1,
)

LOOPING = Agent(
    exported(
        "Tool User",
        {
            "task": text_input("Task"),
            "decide": (
                "OrchestratorBlock",
                {
                    **OPENAI,
                    **EMPTY,
                    "prompt": "{{task}}",
                    "agent_mode_max_iterations": "-1",
                    "last_tool_output": "",
                    "conversation_history": None,
                },
            ),
            "add": ("CalculatorBlock", {"operation": "Add"}, {"customized_name": "Add two"}),
            "page": _sub_agent(inputs={}),
            "out": an_output("Answer"),
            "talk": an_output("Conversation"),
        },
        [
            "task.result => decide.prompt_values_#_task",
            "decide.tools_^_{add}_~_a -> add.a",
            "decide.tools_^_{add}_~_b -> add.b",
            "decide.tools_^_{page}_~_URL -> page.URL",
            "decide.finished -> out.value",
            "decide.conversations -> talk.value",
        ],
        sub_graphs=[_SUMMARY],
    ),
    {"Task": "Add what must be added, then read the page."},
    {"Answer": "[demo] All tools were called. They gave: ", "Conversation": "user"},
    credentials=("jina_api_key_credentials",),
)

INBOX = Agent(
    exported(
        "Inbox Helper",
        {
            "read": ("GmailReadBlock", {**theirs("google", type="oauth2"), "query": "is:unread", "max_results": "5"}),
            "from": ("FindInDictionaryBlock", {"key": "from_"}),
            "draft": ("AITextGeneratorBlock", {**OPENAI, **EMPTY, "prompt": "Answer {{subject}}: {{body}}"}),
            "check": ("HumanInTheLoopBlock", {"name": "Send it?", "editable": True}),
            "send": (
                "GmailSendBlock",
                {
                    **theirs("google", type="oauth2"),
                    "subject": "Re",
                    "cc": "",
                    "bcc": [],
                    "content_type": None,
                    "attachments": [],
                },
            ),
            "out": an_output("Sent"),
            "no": an_output("Not sent"),
        },
        [
            "read.email -> from.input",
            "read.email_#_subject -> draft.prompt_values_#_subject",
            "read.email_#_body -> draft.prompt_values_#_body",
            "draft.response -> check.data",
            "from.output -> send.to",
            "check.reviewed_data -> send.body",
            "check.rejected_data -> no.value",
            "send.result_#_status -> out.value",
        ],
        has_human_in_the_loop=True,
    ),
    {},
    {"Sent": "sent"},
    credentials=("google_oauth2_credentials",),
)

AGENTS = [value for value in [*vars(writing_agents).values(), *list(vars().values())] if isinstance(value, Agent)]
