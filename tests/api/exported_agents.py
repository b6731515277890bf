"""Agents shaped like those that people share: each says what it is started with and what must come of it; no test is here.

`SERVICES` in an input stands for the address of the local services.
"""

from __future__ import annotations

from typing import Any

from tests.api.exported import Agent, exported, theirs, unique

SERVICES = "{services}"
#: What a text input of the platform's first year carries besides.
OLD_INPUT: dict[str, Any] = {"placeholder_values": [], "limit_to_placeholder_values": False, "title": None}
OPENAI = {**theirs("openai"), "model": "gpt-4o"}
EMPTY = {"sys_prompt": "", "prompt_values": {}, "max_tokens": None, "ollama_host": "localhost:11434", "retry": 3}


def text_input(name: str, **fields: Any) -> tuple[Any, ...]:
    seen = {"title": None, "description": "", "advanced": False, "secret": False, "placeholder_values": []}
    return ("AgentShortTextInputBlock", {"name": name, **seen, **fields})


def an_output(name: str, **fields: Any) -> tuple[Any, ...]:
    seen = {"title": None, "value": None, "format": "", "secret": False, "advanced": False, "description": None}
    return ("AgentOutputBlock", {"name": name, **seen, **fields})


BLOG_WRITER = Agent(
    exported(
        "SEO Blog Writer",
        {
            "topic": text_input("Topic", placeholder_values=["walls", "bridges"]),
            "tone": (
                "AgentDropdownInputBlock",
                {"name": "Tone", "value": "friendly", "placeholder_values": ["friendly", "formal"]},
            ),
            "words": ("AgentNumberInputBlock", {"name": "Words", "value": "800"}),
            "notes": ("NoteBlock", {"text": "Change the tone here."}),
            "write": (
                "AIStructuredResponseGeneratorBlock",
                {
                    **OPENAI,
                    **EMPTY,
                    "prompt": "Write about {{topic}} in {{words}} words, {{tone}}.",
                    "expected_format": {
                        "title": "The title",
                        "body": "The post, in Markdown",
                        "tags": "Tags, by commas",
                    },
                    "list_result": False,
                    "force_json_output": False,
                    "conversation_history": [],
                    "compress_prompt_to_fit": True,
                },
                {"customized_name": "Write it", "credentials_optional": False},
            ),
            "title": ("FindInDictionaryBlock", {"key": "title"}),
            "page": (
                "FillTextTemplateBlock",
                {"format": "# {{title}}\n\n{{body | safe}}\n\n{{ tags|upper }}", "values": {}},
            ),
            "out": an_output("Post", format="Here it is:\n{{value}}"),
            "error": an_output("Error"),
        },
        [
            "topic.result => write.prompt_values_#_topic",
            "tone.result => write.prompt_values_#_tone",
            "words.result => write.prompt_values_#_words",
            "write.response -> title.input",
            "title.output -> page.values_#_title",
            "write.response_#_body -> page.values_#_body",
            "write.response_#_tags -> page.values_#_tags",
            "page.output -> out.value",
            "write.error -> error.value",
        ],
    ),
    {"Topic": "walls"},
    {"Post": "[demo] The post, in Markdown"},
)

VIDEO_SCRIPTS = Agent(
    exported(
        "Video Script Maker",
        {
            "subject": ("AgentInputBlock", {"name": "subject", "value": "", **OLD_INPUT}),
            "ideas": (
                "AIListGeneratorBlock",
                {
                    **theirs("anthropic"),
                    "model": "claude-3-5-sonnet-latest",
                    "focus": "hooks",
                    "source_data": "",
                    "max_retries": 3,
                },
            ),
            "script": ("AITextGeneratorBlock", {**OPENAI, **EMPTY, "prompt": "A script that begins with {{hook}}"}),
            "none": ("AddToListBlock", {"list": [], "entry": None, "entries": []}),
            "gather": ("AddToListBlock", {"list": [], "entry": None, "entries": [], "position": None}),
            "join": ("CombineTextsBlock", {"delimiter": "\n---\n"}),
            "out": an_output("Scripts"),
        },
        [
            "subject.result -> ideas.source_data",
            "ideas.list_item -> script.prompt_values_#_hook",
            "script.response -> gather.entry",
            "none.updated_list -> gather.list",
            "gather.updated_list -> gather.list",
            "gather.updated_list -> join.input",
            "join.output -> out.value",
        ],
        is_old=True,
        subgraphs=[],
    ),
    {"subject": "stone walls"},
    {"Scripts": "[demo]"},
)

NEWSLETTER = Agent(
    exported(
        "Morning Newsletter",
        {
            "feed": text_input("Feed"),
            "read": ("ReadRSSFeedBlock", {"time_period": 52560000, "polling_rate": 300, "run_continuously": False}),
            "short": (
                "AITextSummarizerBlock",
                {
                    **OPENAI,
                    "focus": "general information",
                    "style": "bullet points",
                    "max_tokens": "4096",
                    "chunk_overlap": 100,
                },
            ),
            "item": ("FillTextTemplateBlock", {"format": "* [{{title}}]({{link}}): {{summary}}"}),
            "none": ("CreateListBlock", {"values": []}),
            "list": ("AddToListBlock", {"list": []}),
            "count": ("CountItemsBlock", {}),
            "is_all": ("ConditionBlock", {"operator": ">=", "value2": "2", "no_value": None, "yes_value": None}),
            "letter": ("CombineTextsBlock", {"delimiter": "\n"}),
            "date": ("GetCurrentDateBlock", {"trigger": "go", "offset": "0", "format": "%Y-%m-%d"}),
            "mail": ("FillTextTemplateBlock", {"format": "{{date}}\n{{text}}", "values": {}}),
            "out": an_output("Newsletter"),
        },
        [
            "feed.result => read.rss_url",
            "read.entry_#_description -> short.text",
            "short.summary -> item.values_#_summary",
            "read.entry_@_title -> item.values_#_title",
            "read.entry_#_link -> item.values_#_link",
            "item.output -> list.entry",
            "none.list -> list.list",
            "list.updated_list -> list.list",
            "list.updated_list -> count.collection",
            "count.count -> is_all.value1",
            "list.updated_list -> is_all.yes_value",
            "is_all.yes_output -> letter.input",
            "letter.output -> mail.values_#_text",
            "date.date -> mail.values_#_date",
            "mail.output -> out.value",
        ],
    ),
    {"Feed": f"{SERVICES}/feed.xml"},
    {"Newsletter": "* [Second stone](https://example.com/2): "},
)

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

KEYWORDS = Agent(
    exported(
        "SEO Keywords",
        {
            "seed": text_input("Seed"),
            "ask": ("AIListGeneratorBlock", {**OPENAI, "focus": "keywords", "force_json_output": False}),
            "own": ("TextSplitBlock", {"delimiter": ","}),
            "both": ("ConcatenateListsBlock", {"deduplicate": True, "remove_none": False, "lists": []}),
            "some": ("DataSamplingBlock", {"sample_size": "3", "sampling_method": "top", "data": None}),
            "count": ("CountItemsBlock", {"collection": None}),
            "text": ("CombineTextsBlock", {"delimiter": ", "}),
            "keep": ("PersistInformationBlock", {"key": "keywords", "scope": "within_agent"}),
            "old": ("RetrieveInformationBlock", {"key": "keywords", "default_value": "none yet"}),
            "out": an_output("Keywords"),
            "number": an_output("Count"),
            "before": an_output("Before"),
        },
        [
            "seed.result => ask.source_data",
            "seed.result => own.text",
            "own.texts -> both.lists_$_0",
            "ask.generated_list -> both.lists_$_1",
            "both.concatenated_list -> count.collection",
            "both.concatenated_list -> some.data",
            "both.concatenated_list -> text.input",
            "both.concatenated_list_$_0 -> keep.value",
            "text.output -> out.value",
            "count.count -> number.value",
            "old.value -> before.value",
        ],
    ),
    {"Seed": "wall, stone,wall"},
    {"Keywords": "wall, stone", "Before": ["none yet"]},
)

MEETING = Agent(
    exported(
        "Meeting Notes",
        {
            "notes": ("AgentLongTextInputBlock", {"name": "Transcript", "value": ""}),
            "day": ("AgentDateInputBlock", {"name": "Day", "value": "2025-03-01"}),
            "hour": ("AgentTimeInputBlock", {"name": "Hour", "value": "09:30"}),
            "is_long": ("AgentToggleInputBlock", {"name": "Long", "value": "true"}),
            "who": (
                "ExtractTextInformationBlock",
                {"pattern": "^(\\w+):", "group": 1, "find_all": True, "case_sensitive": True, "dot_all": False},
            ),
            "actions": (
                "AIStructuredResponseGeneratorBlock",
                {
                    **OPENAI,
                    **EMPTY,
                    "prompt": "{{notes}}",
                    "expected_format": {"actions": "What is to do", "owner": "Who"},
                },
            ),
            "text": (
                "FillTextTemplateBlock",
                {"format": "{{day}} {{hour}}{% if long %} (long){% endif %}: {{a.actions}} / {{ a['owner'] }}"},
            ),
            "out": an_output("Minutes"),
            "people": an_output("People"),
        },
        [
            "notes.result => who.text",
            "notes.result => actions.prompt_values_#_notes",
            "day.result => text.values_#_day",
            "hour.result => text.values_#_hour",
            "is_long.result => text.values_#_long",
            "actions.response -> text.values_#_a",
            "text.output -> out.value",
            "who.positive -> people.value",
        ],
    ),
    {"Transcript": "Ann: Lay it.\nBen: Yes."},
    {"Minutes": "2025-03-01 09:30:00 (long): [demo] What is to do / [demo] Who", "People": "Ann"},
)

TRANSLATIONS = Agent(
    exported(
        "Translator",
        {
            "text": ("AgentInputBlock", {"name": "Text", "value": "Good walls", "description": "", **OLD_INPUT}),
            "languages": ("StepThroughItemsBlock", {"items": ["German", "French"]}),
            "ask": (
                "AITextGeneratorBlock",
                {"model": "gpt-4-turbo", "prompt": "Into {{language}}: {{text}}", "api_key": "", "retry": 3},
            ),
            "none": ("CreateDictionaryBlock", {"values": {}}),
            "add": ("AddToDictionaryBlock", {"dictionary": {}, "key": "", "value": None}),
            "out": ("AgentOutputBlock", {"name": "Translations", "value": "", "format": "", "recorded_value": ""}),
        },
        [
            "text.result -> ask.prompt_values_#_text",
            "languages.item -> ask.prompt_values_#_language",
            "languages.item -> add.key",
            "ask.response -> add.value",
            "none.dictionary -> add.dictionary",
            "add.updated_dictionary -> add.dictionary",
            "add.updated_dictionary -> out.value",
        ],
        is_old=True,
    ),
    {},
    {"Translations": "Into German: Good walls"},
)

SOCIAL = Agent(
    exported(
        "Social Posts",
        {
            "about": text_input("About"),
            "chat": (
                "AIConversationBlock",
                {
                    **OPENAI,
                    "prompt": "",
                    "messages": [{"role": "system", "content": "You write posts."}],
                    "max_tokens": None,
                    "ollama_host": "localhost:11434",
                },
            ),
            "turn": ("FillTextTemplateBlock", {"format": "A post about {{about}}"}),
            "slack": ("SendSlackMessageBlock", {**theirs("slack"), "channel": "C1", "thread_ts": "", "icon_emoji": ""}),
            "page": (
                "NotionCreatePageBlock",
                {
                    **theirs("notion"),
                    "title": "Post",
                    "parent_page_id": "0123456789abcdef0123456789abcdef",
                    "parent_database_id": "",
                },
            ),
            "out": an_output("Post"),
            "where": an_output("Page"),
        },
        [
            "about.result => turn.values_#_about",
            "turn.output -> chat.prompt",
            "chat.response -> slack.text",
            "chat.response -> page.content",
            "chat.response -> out.value",
            "page.page_url -> where.value",
        ],
    ),
    {"About": "lintels"},
    {"Post": "[demo]", "Page": ["https://notion.example/page-1"]},
    credentials=("slack_api_key_oauth2_credentials", "notion_api_key_oauth2_credentials"),
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

AGENTS = [value for value in list(vars().values()) if isinstance(value, Agent)]
