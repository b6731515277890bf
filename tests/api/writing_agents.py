"""Agents that write texts, shaped like those that people share: what each is started with and must give; no test is here."""

from __future__ import annotations

from tests.api.exported import Agent, exported, theirs
from tests.api.exported_nodes import EMPTY, OLD_INPUT, OPENAI, SERVICES, an_output, text_input

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
