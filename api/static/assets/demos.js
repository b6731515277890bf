var e=`{
  "id": "106f9926-319a-4e42-b532-8b0b72c3635c",
  "version": 1,
  "is_active": true,
  "name": "Countdown",
  "description": "A loop: a number goes round, one less each time, until it is no longer more than zero.",
  "format_version": 1,
  "on_node_error": "fail",
  "max_node_executions": 1000,
  "nodes": [
    {
      "id": "ed3cf6a5-3ffb-43a3-8a25-115c74838651",
      "block_id": "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98",
      "input_default": {
        "name": "From",
        "value": 3,
        "description": "Where to start."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 0
        },
        "customized_name": "From"
      }
    },
    {
      "id": "498e6513-cf5a-4bf2-ae15-0c34b3744fc3",
      "block_id": "715696a0-e1da-45c8-b209-c2fa9c3b0be6",
      "input_default": {
        "operator": ">",
        "value2": 0
      },
      "metadata": {
        "position": {
          "x": 420,
          "y": 0
        },
        "customized_name": "More than zero?"
      }
    },
    {
      "id": "c28d5a76-6134-40b7-ba39-5ecd6ad8e44c",
      "block_id": "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
      "input_default": {
        "operation": "Subtract",
        "b": 1
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 260
        },
        "customized_name": "One less"
      }
    },
    {
      "id": "573c2194-3cff-40c5-895c-034c282ce68b",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Count",
        "description": "Each number, on its way down."
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 0
        },
        "customized_name": "Count"
      }
    },
    {
      "id": "7860828c-b064-4764-a56e-b89ac5472432",
      "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
      "input_default": {
        "values": {},
        "format": "Lift-off!"
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": -260
        },
        "customized_name": "Lift-off"
      }
    },
    {
      "id": "21a1731a-bf59-460c-bfc3-f4a05497b764",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Done",
        "description": "What is said at zero."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": -260
        },
        "customized_name": "Done"
      }
    }
  ],
  "links": [
    {
      "id": "f5bce4ee-9c90-48bb-a1fc-8f789185558f",
      "source_id": "ed3cf6a5-3ffb-43a3-8a25-115c74838651",
      "source_name": "result",
      "sink_id": "498e6513-cf5a-4bf2-ae15-0c34b3744fc3",
      "sink_name": "value1",
      "is_static": true
    },
    {
      "id": "d92047bb-38f6-49e0-a982-9944fc259b98",
      "source_id": "c28d5a76-6134-40b7-ba39-5ecd6ad8e44c",
      "source_name": "result",
      "sink_id": "498e6513-cf5a-4bf2-ae15-0c34b3744fc3",
      "sink_name": "value1",
      "is_static": false
    },
    {
      "id": "8fa2dc83-fa5c-431e-81fe-145772e16d64",
      "source_id": "498e6513-cf5a-4bf2-ae15-0c34b3744fc3",
      "source_name": "yes_output",
      "sink_id": "c28d5a76-6134-40b7-ba39-5ecd6ad8e44c",
      "sink_name": "a",
      "is_static": false
    },
    {
      "id": "8fbed0a1-f053-49e7-9810-009569c56dea",
      "source_id": "498e6513-cf5a-4bf2-ae15-0c34b3744fc3",
      "source_name": "yes_output",
      "sink_id": "573c2194-3cff-40c5-895c-034c282ce68b",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "40f824dc-d600-4878-b9d7-be1ac6810f97",
      "source_id": "498e6513-cf5a-4bf2-ae15-0c34b3744fc3",
      "source_name": "no_output",
      "sink_id": "7860828c-b064-4764-a56e-b89ac5472432",
      "sink_name": "values_#_last",
      "is_static": false
    },
    {
      "id": "21695d4a-6316-4e19-b763-a38a0ef474f0",
      "source_id": "7860828c-b064-4764-a56e-b89ac5472432",
      "source_name": "output",
      "sink_id": "21a1731a-bf59-460c-bfc3-f4a05497b764",
      "sink_name": "value",
      "is_static": false
    }
  ],
  "sub_graphs": []
}
`,t=`{
  "id": "9eebb477-04bd-4d88-b3ae-6658a3b498ba",
  "version": 1,
  "is_active": true,
  "name": "Error routing",
  "description": "Divides pairs of numbers. A division by zero fails its node; the message travels along the link from \`error\`, so the run goes on.",
  "format_version": 1,
  "on_node_error": "fail",
  "nodes": [
    {
      "id": "31739732-fb8f-4b87-a2a5-42b3d2df27e9",
      "block_id": "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
      "input_default": {
        "name": "Pairs",
        "value": [
          [
            10,
            4
          ],
          [
            1,
            0
          ],
          [
            9,
            3
          ]
        ],
        "description": "Pairs of numbers to divide."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 0
        },
        "customized_name": "Pairs"
      }
    },
    {
      "id": "5420256b-776d-4f16-bef3-59364a422d6e",
      "block_id": "f66a3543-28d3-4ab5-8945-9b336371e2ce",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 420,
          "y": 0
        },
        "customized_name": "Each pair"
      }
    },
    {
      "id": "c773b537-a843-45ac-9400-02af05b54bb7",
      "block_id": "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
      "input_default": {
        "operation": "Divide"
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 0
        },
        "customized_name": "Divide"
      }
    },
    {
      "id": "d1303b98-e4df-4658-897c-8f26f5cb3de2",
      "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
      "input_default": {
        "format": "A pair cannot be divided: {{ reason }}"
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 260
        },
        "customized_name": "Say what went wrong"
      }
    },
    {
      "id": "32011045-1e21-45df-8bba-19a010221b05",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Quotients"
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 0
        },
        "customized_name": "Quotients"
      }
    },
    {
      "id": "7fcd38d6-b046-42cd-bce9-6abb1ea2a6cc",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Problems"
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 260
        },
        "customized_name": "Problems"
      }
    }
  ],
  "links": [
    {
      "id": "5de88cad-b368-485b-b457-0dbcee8ba7e1",
      "source_id": "31739732-fb8f-4b87-a2a5-42b3d2df27e9",
      "source_name": "result",
      "sink_id": "5420256b-776d-4f16-bef3-59364a422d6e",
      "sink_name": "items",
      "is_static": true
    },
    {
      "id": "928e9182-bfbb-492e-8ed4-5842af981213",
      "source_id": "5420256b-776d-4f16-bef3-59364a422d6e",
      "source_name": "item_$_0",
      "sink_id": "c773b537-a843-45ac-9400-02af05b54bb7",
      "sink_name": "a",
      "is_static": false
    },
    {
      "id": "9c19dcbe-2614-4828-8a0a-5110aff26021",
      "source_id": "5420256b-776d-4f16-bef3-59364a422d6e",
      "source_name": "item_$_1",
      "sink_id": "c773b537-a843-45ac-9400-02af05b54bb7",
      "sink_name": "b",
      "is_static": false
    },
    {
      "id": "9ad46452-9a39-47b7-89e2-0e692cf2dd2b",
      "source_id": "c773b537-a843-45ac-9400-02af05b54bb7",
      "source_name": "result",
      "sink_id": "32011045-1e21-45df-8bba-19a010221b05",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "59ac0412-e54d-411d-9957-4840ef2fc3ab",
      "source_id": "c773b537-a843-45ac-9400-02af05b54bb7",
      "source_name": "error",
      "sink_id": "d1303b98-e4df-4658-897c-8f26f5cb3de2",
      "sink_name": "values_#_reason",
      "is_static": false
    },
    {
      "id": "8565684f-a852-4953-b203-e51d811fa496",
      "source_id": "d1303b98-e4df-4658-897c-8f26f5cb3de2",
      "source_name": "output",
      "sink_id": "7fcd38d6-b046-42cd-bce9-6abb1ea2a6cc",
      "sink_name": "value",
      "is_static": false
    }
  ],
  "sub_graphs": []
}
`,n=`{
  "id": "923ec53c-bdbf-4fb4-bc1e-29e669808ef5",
  "version": 1,
  "is_active": true,
  "name": "Fan-out",
  "description": "Takes a text apart, works on its words side by side, and brings each word together with its own result.",
  "format_version": 1,
  "on_node_error": "fail",
  "nodes": [
    {
      "id": "dd8a7f95-12ce-44e7-8cc4-81a26dbe731c",
      "block_id": "90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba",
      "input_default": {
        "name": "Text",
        "value": "Stones fitted without mortar stand for centuries",
        "description": "Any text."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 0
        },
        "customized_name": "Text"
      }
    },
    {
      "id": "c014ce51-ea20-4226-8ec2-4bdec49e6599",
      "block_id": "d5ea33c8-a575-477a-b42f-2fe3be5055ec",
      "input_default": {
        "delimiter": " "
      },
      "metadata": {
        "position": {
          "x": 420,
          "y": 0
        },
        "customized_name": "Words"
      }
    },
    {
      "id": "d95ecae7-85c7-4055-9ea9-cd28ad8d5ed0",
      "block_id": "f66a3543-28d3-4ab5-8945-9b336371e2ce",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 840,
          "y": 0
        },
        "customized_name": "Each word"
      }
    },
    {
      "id": "13fea636-b666-4ed6-8164-4f1799bbb5c2",
      "block_id": "ab2a782d-22cf-4587-8a70-55b59b3f9f90",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 1260,
          "y": 260
        },
        "customized_name": "How long?"
      }
    },
    {
      "id": "3c50359a-cc54-4698-b503-bddd5fc4b3a2",
      "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
      "input_default": {
        "format": "{{ word }}: {{ length }}"
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 0
        },
        "customized_name": "Word with its length"
      }
    },
    {
      "id": "d799b623-b5fd-4f6d-b669-f619af70c820",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Lengths",
        "description": "Each word with its length, in the text's order."
      },
      "metadata": {
        "position": {
          "x": 2100,
          "y": 0
        },
        "customized_name": "Lengths"
      }
    }
  ],
  "links": [
    {
      "id": "07b500b5-1c72-4772-8487-b056ef9d9e79",
      "source_id": "dd8a7f95-12ce-44e7-8cc4-81a26dbe731c",
      "source_name": "result",
      "sink_id": "c014ce51-ea20-4226-8ec2-4bdec49e6599",
      "sink_name": "text",
      "is_static": true
    },
    {
      "id": "b3d1ba37-8fcf-44eb-91cf-8d492dd2c867",
      "source_id": "c014ce51-ea20-4226-8ec2-4bdec49e6599",
      "source_name": "texts",
      "sink_id": "d95ecae7-85c7-4055-9ea9-cd28ad8d5ed0",
      "sink_name": "items",
      "is_static": false
    },
    {
      "id": "944518d0-c4ef-4ac7-923b-d44b1e52fcfb",
      "source_id": "d95ecae7-85c7-4055-9ea9-cd28ad8d5ed0",
      "source_name": "item",
      "sink_id": "13fea636-b666-4ed6-8164-4f1799bbb5c2",
      "sink_name": "text",
      "is_static": false
    },
    {
      "id": "08c8f1e6-8742-4078-9162-9b70080b31cb",
      "source_id": "d95ecae7-85c7-4055-9ea9-cd28ad8d5ed0",
      "source_name": "item",
      "sink_id": "3c50359a-cc54-4698-b503-bddd5fc4b3a2",
      "sink_name": "values_#_word",
      "is_static": false
    },
    {
      "id": "e6e1e32e-2bac-4087-b25c-1d47eecd4385",
      "source_id": "13fea636-b666-4ed6-8164-4f1799bbb5c2",
      "source_name": "character_count",
      "sink_id": "3c50359a-cc54-4698-b503-bddd5fc4b3a2",
      "sink_name": "values_#_length",
      "is_static": false
    },
    {
      "id": "1abbaaf8-0f01-49ee-9b16-2f34a1560ddf",
      "source_id": "3c50359a-cc54-4698-b503-bddd5fc4b3a2",
      "source_name": "output",
      "sink_id": "d799b623-b5fd-4f6d-b669-f619af70c820",
      "sink_name": "value",
      "is_static": false
    }
  ],
  "sub_graphs": []
}
`,r=`{
  "id": "aa9413b1-909e-4733-8512-2fbd3952f2af",
  "version": 1,
  "is_active": true,
  "name": "Release notes",
  "description": "Sorts a list of changes, lets a smaller agent write a headline, and puts the release notes together. It needs no keys and no network.",
  "format_version": 1,
  "on_node_error": "fail",
  "nodes": [
    {
      "id": "f5455c29-5279-40a2-8861-36a157ab6063",
      "block_id": "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158",
      "input_default": {
        "name": "Project",
        "value": "Drystone",
        "description": "The name of the project."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 0
        },
        "customized_name": "Project"
      }
    },
    {
      "id": "a3787c96-42ab-4f8f-83ce-b9d4aa7eadc5",
      "block_id": "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158",
      "input_default": {
        "name": "Version",
        "value": "0.1.0",
        "description": "The version that is released."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 260
        },
        "customized_name": "Version"
      }
    },
    {
      "id": "0f4f305a-d387-4081-8e18-e269d88b0fc8",
      "block_id": "5603b273-f41e-4020-af7d-fbc9c6a8d928",
      "input_default": {
        "name": "Changes",
        "column_headers": [
          "kind",
          "text"
        ],
        "description": "What changed: kind is feature or fix.",
        "value": [
          {
            "kind": "feature",
            "text": "Runs survive a killed worker"
          },
          {
            "kind": "fix",
            "text": "A null on a linked pin is delivered"
          },
          {
            "kind": "feature",
            "text": "Agents run agents"
          },
          {
            "kind": "fix",
            "text": "Streams of unequal length end the run"
          },
          {
            "kind": "feature",
            "text": "Timers outlast a restart"
          }
        ]
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 520
        },
        "customized_name": "Changes"
      }
    },
    {
      "id": "f66fd7bc-b20f-4233-b500-057a166f3c25",
      "block_id": "f66a3543-28d3-4ab5-8945-9b336371e2ce",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 420,
          "y": 780
        },
        "customized_name": "Each change"
      }
    },
    {
      "id": "a2bf6877-81eb-4487-866e-8712f7b89a57",
      "block_id": "715696a0-e1da-45c8-b209-c2fa9c3b0be6",
      "input_default": {
        "operator": "==",
        "value2": "feature"
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 780
        },
        "customized_name": "Is it a feature?"
      }
    },
    {
      "id": "c62f45d4-49ba-4b7a-a638-64d137e5cb8e",
      "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
      "input_default": {
        "format": "New: {{ text }}."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 780
        },
        "customized_name": "Feature line"
      }
    },
    {
      "id": "a88ebe8d-b6f1-47dd-af4e-62c0ed05dbc8",
      "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
      "input_default": {
        "format": "Fixed: {{ text }}."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 1040
        },
        "customized_name": "Fix line"
      }
    },
    {
      "id": "5c2c8336-36e1-4963-b936-0ebaef273fec",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Features",
        "description": "A line for each feature."
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 780
        },
        "customized_name": "Features"
      }
    },
    {
      "id": "879e2de8-66d8-4efc-b321-17bd0b811199",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Fixes",
        "description": "A line for each fix."
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 1040
        },
        "customized_name": "Fixes"
      }
    },
    {
      "id": "5490966a-aa18-4519-bf98-eaca572860aa",
      "block_id": "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85",
      "input_default": {
        "delimiter": " "
      },
      "metadata": {
        "position": {
          "x": 420,
          "y": 0
        },
        "customized_name": "Title"
      }
    },
    {
      "id": "77e9fb4d-e739-43cc-aede-25b8be05025b",
      "block_id": "3c9c2f42-b0c3-435f-ba35-05f7a25c772a",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 420,
          "y": 520
        },
        "customized_name": "How many?"
      }
    },
    {
      "id": "c2377621-8b0a-43ab-9b7f-5c5875c114a0",
      "block_id": "d67a9c52-5e4e-11e2-bcfd-0800200c9a71",
      "input_default": {
        "seconds": 2
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 520
        },
        "customized_name": "Wait for late changes"
      }
    },
    {
      "id": "cc850599-e9ae-4a8c-ade1-e17e7f4e634c",
      "block_id": "e189baac-8c20-45a1-94a7-55177ea42565",
      "input_default": {
        "graph_id": "0021890d-e135-4dd7-8b7d-34d38878043a",
        "graph_version": 1,
        "agent_name": "Headline",
        "input_schema": {
          "type": "object",
          "properties": {
            "Project": {
              "anyOf": [
                {
                  "format": "short-text",
                  "type": "string"
                },
                {
                  "type": "null"
                }
              ],
              "title": "Project",
              "description": "What was released.",
              "advanced": false,
              "secret": false
            },
            "Count": {
              "anyOf": [
                {
                  "type": "integer"
                },
                {
                  "type": "null"
                }
              ],
              "title": "Count",
              "description": "How many changes it has.",
              "advanced": false,
              "secret": false
            }
          },
          "required": [
            "Project",
            "Count"
          ]
        },
        "output_schema": {
          "type": "object",
          "properties": {
            "Headline": {
              "title": "Headline",
              "description": "The line.",
              "advanced": false,
              "secret": false
            }
          },
          "required": [
            "Headline"
          ]
        }
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 260
        },
        "customized_name": "Headline agent"
      }
    },
    {
      "id": "f628f037-ed47-47c6-bca5-d56dbeea0877",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Headline",
        "description": "One line about the release."
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 0
        },
        "customized_name": "Headline"
      }
    },
    {
      "id": "b8715b90-c354-4c5a-b549-dbf58fc1de70",
      "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
      "input_default": {
        "format": "# {{ title }}\\n\\n{{ headline }}.\\n{% for change in changes %}\\n- {{ change.text }}{% if change.kind == 'fix' %} (fix){% endif %}{% endfor %}\\n"
      },
      "metadata": {
        "position": {
          "x": 1680,
          "y": 520
        },
        "customized_name": "Put the notes together"
      }
    },
    {
      "id": "3928ef4b-4bfc-45bb-9ef8-00f3f922ff5d",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Notes",
        "description": "The release notes, in Markdown."
      },
      "metadata": {
        "position": {
          "x": 2100,
          "y": 520
        },
        "customized_name": "Notes"
      }
    },
    {
      "id": "9e41b398-e512-406a-a005-6a3ba3d8eba6",
      "block_id": "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc",
      "input_default": {
        "text": "A stream: each change runs through here by itself. Condition sends it one way or the other."
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 1300
        },
        "customized_name": "Note"
      }
    },
    {
      "id": "3aab1682-9322-4c98-b38c-420ad83f0a2b",
      "block_id": "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc",
      "input_default": {
        "text": "A join: the notes wait for the title, the headline and the changes, however long the slowest takes."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 0
        },
        "customized_name": "Note"
      }
    }
  ],
  "links": [
    {
      "id": "1f5cafb3-a006-4e20-b950-0131a199370e",
      "source_id": "0f4f305a-d387-4081-8e18-e269d88b0fc8",
      "source_name": "result",
      "sink_id": "f66fd7bc-b20f-4233-b500-057a166f3c25",
      "sink_name": "items",
      "is_static": true
    },
    {
      "id": "83f9f2de-6c90-4cd4-9c49-0c04cf92b057",
      "source_id": "f66fd7bc-b20f-4233-b500-057a166f3c25",
      "source_name": "item_#_kind",
      "sink_id": "a2bf6877-81eb-4487-866e-8712f7b89a57",
      "sink_name": "value1",
      "is_static": false
    },
    {
      "id": "eb8c8062-74dd-4fcd-95e5-3f806e17d294",
      "source_id": "f66fd7bc-b20f-4233-b500-057a166f3c25",
      "source_name": "item_#_text",
      "sink_id": "a2bf6877-81eb-4487-866e-8712f7b89a57",
      "sink_name": "yes_value",
      "is_static": false
    },
    {
      "id": "7fd34310-8dac-487e-ab68-762fac4bbd70",
      "source_id": "f66fd7bc-b20f-4233-b500-057a166f3c25",
      "source_name": "item_#_text",
      "sink_id": "a2bf6877-81eb-4487-866e-8712f7b89a57",
      "sink_name": "no_value",
      "is_static": false
    },
    {
      "id": "6f1f0a51-085f-4c9a-b1a5-454306a5f22a",
      "source_id": "a2bf6877-81eb-4487-866e-8712f7b89a57",
      "source_name": "yes_output",
      "sink_id": "c62f45d4-49ba-4b7a-a638-64d137e5cb8e",
      "sink_name": "values_#_text",
      "is_static": false
    },
    {
      "id": "04a68c1f-9715-41ed-ba14-82f1e1f5f2f5",
      "source_id": "a2bf6877-81eb-4487-866e-8712f7b89a57",
      "source_name": "no_output",
      "sink_id": "a88ebe8d-b6f1-47dd-af4e-62c0ed05dbc8",
      "sink_name": "values_#_text",
      "is_static": false
    },
    {
      "id": "037dbb5e-b477-426d-ada9-c080c1ab5cfc",
      "source_id": "c62f45d4-49ba-4b7a-a638-64d137e5cb8e",
      "source_name": "output",
      "sink_id": "5c2c8336-36e1-4963-b936-0ebaef273fec",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "c470755a-caea-4261-8c8f-068ebfbb774a",
      "source_id": "a88ebe8d-b6f1-47dd-af4e-62c0ed05dbc8",
      "source_name": "output",
      "sink_id": "879e2de8-66d8-4efc-b321-17bd0b811199",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "acb3e983-e6e4-49c1-a5ab-67ff36432a8e",
      "source_id": "f5455c29-5279-40a2-8861-36a157ab6063",
      "source_name": "result",
      "sink_id": "5490966a-aa18-4519-bf98-eaca572860aa",
      "sink_name": "input_$_0",
      "is_static": true
    },
    {
      "id": "2948868b-0cd6-48c7-89b6-98d6711cec69",
      "source_id": "a3787c96-42ab-4f8f-83ce-b9d4aa7eadc5",
      "source_name": "result",
      "sink_id": "5490966a-aa18-4519-bf98-eaca572860aa",
      "sink_name": "input_$_1",
      "is_static": true
    },
    {
      "id": "7fb6b7fe-fd06-4b6c-9b1d-8a76f8410b70",
      "source_id": "0f4f305a-d387-4081-8e18-e269d88b0fc8",
      "source_name": "result",
      "sink_id": "77e9fb4d-e739-43cc-aede-25b8be05025b",
      "sink_name": "collection",
      "is_static": true
    },
    {
      "id": "601ff512-7691-478b-922a-4b192ee7f7b4",
      "source_id": "77e9fb4d-e739-43cc-aede-25b8be05025b",
      "source_name": "count",
      "sink_id": "c2377621-8b0a-43ab-9b7f-5c5875c114a0",
      "sink_name": "input_message",
      "is_static": false
    },
    {
      "id": "a8cb0aac-02b4-4813-9841-5ddf6f6971e0",
      "source_id": "f5455c29-5279-40a2-8861-36a157ab6063",
      "source_name": "result",
      "sink_id": "cc850599-e9ae-4a8c-ade1-e17e7f4e634c",
      "sink_name": "Project",
      "is_static": true
    },
    {
      "id": "36c9b0f2-8693-4c82-ab15-0f027c91e807",
      "source_id": "c2377621-8b0a-43ab-9b7f-5c5875c114a0",
      "source_name": "output_message",
      "sink_id": "cc850599-e9ae-4a8c-ade1-e17e7f4e634c",
      "sink_name": "Count",
      "is_static": false
    },
    {
      "id": "c3ad702d-f7fb-4330-81f6-905125f2946f",
      "source_id": "cc850599-e9ae-4a8c-ade1-e17e7f4e634c",
      "source_name": "Headline",
      "sink_id": "f628f037-ed47-47c6-bca5-d56dbeea0877",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "34847812-f08b-44c8-8d50-e1c139df7c1f",
      "source_id": "5490966a-aa18-4519-bf98-eaca572860aa",
      "source_name": "output",
      "sink_id": "b8715b90-c354-4c5a-b549-dbf58fc1de70",
      "sink_name": "values_#_title",
      "is_static": false
    },
    {
      "id": "cbe651a2-81cd-4e75-90a5-50b4c8b35b35",
      "source_id": "cc850599-e9ae-4a8c-ade1-e17e7f4e634c",
      "source_name": "Headline",
      "sink_id": "b8715b90-c354-4c5a-b549-dbf58fc1de70",
      "sink_name": "values_#_headline",
      "is_static": false
    },
    {
      "id": "241503d8-a139-4b50-83aa-8aa56881e800",
      "source_id": "0f4f305a-d387-4081-8e18-e269d88b0fc8",
      "source_name": "result",
      "sink_id": "b8715b90-c354-4c5a-b549-dbf58fc1de70",
      "sink_name": "values_#_changes",
      "is_static": true
    },
    {
      "id": "fb7ca471-245e-45e0-a871-9a8be585b3f3",
      "source_id": "b8715b90-c354-4c5a-b549-dbf58fc1de70",
      "source_name": "output",
      "sink_id": "3928ef4b-4bfc-45bb-9ef8-00f3f922ff5d",
      "sink_name": "value",
      "is_static": false
    }
  ],
  "sub_graphs": [
    {
      "id": "0021890d-e135-4dd7-8b7d-34d38878043a",
      "version": 1,
      "is_active": true,
      "name": "Headline",
      "description": "Writes one line about a release.",
      "on_node_error": "fail",
      "nodes": [
        {
          "id": "ac779f79-59ca-4acf-993c-b277a0e7f675",
          "block_id": "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158",
          "input_default": {
            "name": "Project",
            "description": "What was released."
          },
          "metadata": {
            "position": {
              "x": 0,
              "y": 0
            },
            "customized_name": "Project"
          }
        },
        {
          "id": "1a2db956-2660-4bf7-aa96-b5cae9be0de5",
          "block_id": "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98",
          "input_default": {
            "name": "Count",
            "description": "How many changes it has."
          },
          "metadata": {
            "position": {
              "x": 0,
              "y": 260
            },
            "customized_name": "Count"
          }
        },
        {
          "id": "118508fb-c345-44b4-822a-93ac4169c584",
          "block_id": "d67a9c52-5e4e-11e2-bcfd-0800200c9a71",
          "input_default": {
            "seconds": 2
          },
          "metadata": {
            "position": {
              "x": 420,
              "y": 260
            },
            "customized_name": "Think it over"
          }
        },
        {
          "id": "b7e3c7db-8a67-4069-91cf-b1dee919ec83",
          "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
          "input_default": {
            "format": "{{ project }}: {{ count }} changes, laid dry"
          },
          "metadata": {
            "position": {
              "x": 840,
              "y": 0
            },
            "customized_name": "Write the line"
          }
        },
        {
          "id": "9aa9d2b7-6f1e-44a9-9c83-7234354f4052",
          "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
          "input_default": {
            "name": "Headline",
            "description": "The line."
          },
          "metadata": {
            "position": {
              "x": 1260,
              "y": 0
            },
            "customized_name": "Headline"
          }
        }
      ],
      "links": [
        {
          "id": "57176c2f-e224-4505-b961-cdd391a7f60f",
          "source_id": "1a2db956-2660-4bf7-aa96-b5cae9be0de5",
          "source_name": "result",
          "sink_id": "118508fb-c345-44b4-822a-93ac4169c584",
          "sink_name": "input_message",
          "is_static": true
        },
        {
          "id": "6891800b-4d44-4072-9855-df6553e69215",
          "source_id": "ac779f79-59ca-4acf-993c-b277a0e7f675",
          "source_name": "result",
          "sink_id": "b7e3c7db-8a67-4069-91cf-b1dee919ec83",
          "sink_name": "values_#_project",
          "is_static": true
        },
        {
          "id": "afffdca6-8aa9-4b3b-9248-f5c8aafe2f58",
          "source_id": "118508fb-c345-44b4-822a-93ac4169c584",
          "source_name": "output_message",
          "sink_id": "b7e3c7db-8a67-4069-91cf-b1dee919ec83",
          "sink_name": "values_#_count",
          "is_static": false
        },
        {
          "id": "84c663f0-3fea-44ed-8ad9-8084f8334ba8",
          "source_id": "b7e3c7db-8a67-4069-91cf-b1dee919ec83",
          "source_name": "output",
          "sink_id": "9aa9d2b7-6f1e-44a9-9c83-7234354f4052",
          "sink_name": "value",
          "is_static": false
        }
      ]
    }
  ]
}
`,i=`{
  "id": "98177d46-22d2-4a85-be88-04180025cd7f",
  "version": 1,
  "is_active": true,
  "name": "Researcher",
  "description": "A language model that calls three tools, one of which is an agent. The demo answers where no credential is given.",
  "format_version": 1,
  "on_node_error": "fail",
  "nodes": [
    {
      "id": "67d1191f-da80-40bd-919e-9bc7f4a02d92",
      "block_id": "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
      "input_default": {
        "name": "Topic",
        "value": "dry-stone walls",
        "description": "What to find out about."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 0
        },
        "customized_name": "Topic"
      }
    },
    {
      "id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "block_id": "3b191d9f-356f-482d-8238-ba04b6d18381",
      "input_default": {
        "prompt": "Make a short report on {{topic}}: get its outline, tell how long that is with count_words, and add the lengths of two walls.",
        "sys_prompt": "You are a careful researcher. Call functions one after another; when you are done, say what you found.",
        "agent_mode_max_iterations": 6
      },
      "metadata": {
        "position": {
          "x": 420,
          "y": 0
        },
        "customized_name": "Researcher"
      }
    },
    {
      "id": "d561cab7-7e4d-473d-b44d-04cb5f0f2c02",
      "block_id": "e189baac-8c20-45a1-94a7-55177ea42565",
      "input_default": {
        "graph_id": "1aa615a9-4b6a-4551-a061-ae14a1dbf721",
        "graph_version": 1,
        "agent_name": "Outline",
        "agent_description": "Give three headings for a subject.",
        "input_schema": {
          "type": "object",
          "properties": {
            "Subject": {
              "title": "Subject",
              "description": "What the outline is of.",
              "advanced": false,
              "secret": false,
              "default": "dry-stone walls"
            }
          },
          "required": []
        },
        "output_schema": {
          "type": "object",
          "properties": {
            "Outline": {
              "title": "Outline",
              "description": "Three headings.",
              "advanced": false,
              "secret": false
            }
          },
          "required": [
            "Outline"
          ]
        }
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": -260
        },
        "customized_name": "outline"
      }
    },
    {
      "id": "3c85b930-b9f0-420f-929e-04e213311e91",
      "block_id": "ab2a782d-22cf-4587-8a70-55b59b3f9f90",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 840,
          "y": 0
        },
        "customized_name": "count_words"
      },
      "note": "Count the words and characters of a text."
    },
    {
      "id": "1b0b5a92-ca9f-4dae-85e1-fb5bb643edf4",
      "block_id": "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
      "input_default": {
        "operation": "Add"
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 260
        },
        "customized_name": "add"
      },
      "note": "Add two numbers."
    },
    {
      "id": "fece6b98-9a32-4eae-b86c-67b35a0ac810",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Report",
        "description": "What the researcher found."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": -260
        },
        "customized_name": "Report"
      }
    },
    {
      "id": "5da24106-869b-4c3d-8192-74d465ee28de",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Conversation",
        "description": "All that was said, as OpenAI's messages."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 0
        },
        "customized_name": "Conversation"
      }
    },
    {
      "id": "4bcee26a-6a9d-449c-8954-549c429fdbf7",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Outlines",
        "description": "Each outline, as its agent gave it."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 260
        },
        "customized_name": "Outlines"
      }
    }
  ],
  "links": [
    {
      "id": "56c8a7f9-757f-4125-ad53-b107073391a5",
      "source_id": "67d1191f-da80-40bd-919e-9bc7f4a02d92",
      "source_name": "result",
      "sink_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "sink_name": "prompt_values_#_topic",
      "is_static": true
    },
    {
      "id": "3623ac61-22ae-4903-a204-25dd2e67dbe9",
      "source_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "source_name": "tools",
      "sink_id": "d561cab7-7e4d-473d-b44d-04cb5f0f2c02",
      "sink_name": "Subject",
      "is_static": false
    },
    {
      "id": "cae33afe-5780-4cdb-9f64-2b78f0088cfc",
      "source_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "source_name": "tools",
      "sink_id": "3c85b930-b9f0-420f-929e-04e213311e91",
      "sink_name": "text",
      "is_static": false
    },
    {
      "id": "76e2507b-c7b1-4aa8-9365-5fc9e35d6c11",
      "source_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "source_name": "tools",
      "sink_id": "1b0b5a92-ca9f-4dae-85e1-fb5bb643edf4",
      "sink_name": "a",
      "is_static": false
    },
    {
      "id": "671b5a96-5693-4632-85c3-0e119edb8d92",
      "source_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "source_name": "tools",
      "sink_id": "1b0b5a92-ca9f-4dae-85e1-fb5bb643edf4",
      "sink_name": "b",
      "is_static": false
    },
    {
      "id": "92d254d7-fe03-40e4-808f-532c9af26054",
      "source_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "source_name": "finished",
      "sink_id": "fece6b98-9a32-4eae-b86c-67b35a0ac810",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "17d104f6-6e33-42b0-b3e4-5fcec83c2a8d",
      "source_id": "fd95588c-5e4e-410b-b14c-f51964cd1715",
      "source_name": "conversations",
      "sink_id": "5da24106-869b-4c3d-8192-74d465ee28de",
      "sink_name": "value",
      "is_static": false
    },
    {
      "id": "86b22542-b581-4f0a-affc-4798d551e17d",
      "source_id": "d561cab7-7e4d-473d-b44d-04cb5f0f2c02",
      "source_name": "Outline",
      "sink_id": "4bcee26a-6a9d-449c-8954-549c429fdbf7",
      "sink_name": "value",
      "is_static": false
    }
  ],
  "sub_graphs": [
    {
      "id": "1aa615a9-4b6a-4551-a061-ae14a1dbf721",
      "version": 1,
      "is_active": true,
      "name": "Outline",
      "description": "Gives three headings for a subject.",
      "format_version": 1,
      "on_node_error": "fail",
      "nodes": [
        {
          "id": "9fb93534-081c-4253-b1e2-73a87984a8ab",
          "block_id": "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
          "input_default": {
            "name": "Subject",
            "value": "dry-stone walls",
            "description": "What the outline is of."
          },
          "metadata": {
            "position": {
              "x": 0,
              "y": 0
            },
            "customized_name": "Subject"
          }
        },
        {
          "id": "db149e47-14be-49ab-b93f-e42eabd2d9f2",
          "block_id": "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
          "input_default": {
            "format": "1. What {{ subject }} are\\n2. How they are made\\n3. Why they last"
          },
          "metadata": {
            "position": {
              "x": 420,
              "y": 0
            },
            "customized_name": "Write the outline"
          }
        },
        {
          "id": "3994693e-a3ae-4e68-9323-451b4a95902a",
          "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
          "input_default": {
            "name": "Outline",
            "description": "Three headings."
          },
          "metadata": {
            "position": {
              "x": 840,
              "y": 0
            },
            "customized_name": "Outline"
          }
        }
      ],
      "links": [
        {
          "id": "8b3a1535-3f13-4b70-9856-c32a687b253b",
          "source_id": "9fb93534-081c-4253-b1e2-73a87984a8ab",
          "source_name": "result",
          "sink_id": "db149e47-14be-49ab-b93f-e42eabd2d9f2",
          "sink_name": "values_#_subject",
          "is_static": true
        },
        {
          "id": "a7213dfe-8932-4293-a0dd-5386c9cf0800",
          "source_id": "db149e47-14be-49ab-b93f-e42eabd2d9f2",
          "source_name": "output",
          "sink_id": "3994693e-a3ae-4e68-9323-451b4a95902a",
          "sink_name": "value",
          "is_static": false
        }
      ]
    }
  ]
}
`,a=`{
  "id": "0643b6ec-948e-4733-a5f5-aa180fe9edfe",
  "version": 1,
  "is_active": true,
  "name": "Running total",
  "description": "Carries a sum along a list. The number that would need one more item stays waiting at the end, and that is no error.",
  "format_version": 1,
  "on_node_error": "fail",
  "nodes": [
    {
      "id": "9be0f3dd-38c6-4f0c-87ae-d6e473038818",
      "block_id": "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
      "input_default": {
        "name": "Numbers",
        "value": [
          4,
          8,
          15,
          16
        ],
        "description": "Numbers to add up."
      },
      "metadata": {
        "position": {
          "x": 0,
          "y": 0
        },
        "customized_name": "Numbers"
      }
    },
    {
      "id": "34e66650-e042-4b64-8ffe-dda13cea77fa",
      "block_id": "f66a3543-28d3-4ab5-8945-9b336371e2ce",
      "input_default": {},
      "metadata": {
        "position": {
          "x": 420,
          "y": 0
        },
        "customized_name": "Each number"
      }
    },
    {
      "id": "6cb010ee-c16f-49dc-8da0-f9bdbe9810b5",
      "block_id": "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
      "input_default": {
        "operation": "Add",
        "a": 0,
        "b": 0
      },
      "metadata": {
        "position": {
          "x": 420,
          "y": 260
        },
        "customized_name": "Start at zero"
      }
    },
    {
      "id": "793a4d43-e21f-4422-bbb0-34601643abaf",
      "block_id": "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
      "input_default": {
        "operation": "Add"
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 0
        },
        "customized_name": "Add"
      }
    },
    {
      "id": "b3fb4646-52ae-45c3-b1ad-a3268247a34b",
      "block_id": "363ae599-353e-4804-937e-b2ee3cef3da4",
      "input_default": {
        "name": "Totals",
        "description": "The sum after each number."
      },
      "metadata": {
        "position": {
          "x": 1260,
          "y": 0
        },
        "customized_name": "Totals"
      }
    },
    {
      "id": "ce71bc67-d47a-4756-bc43-eadddd633bf1",
      "block_id": "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc",
      "input_default": {
        "text": "\`a\` has two links: first the zero, then each sum comes back. An input could not be linked here in place of the zero: its links are static, and a static value is never used up."
      },
      "metadata": {
        "position": {
          "x": 840,
          "y": 260
        },
        "customized_name": "Note"
      }
    }
  ],
  "links": [
    {
      "id": "3630335e-f0d8-4c4e-a8a8-5579063968d0",
      "source_id": "9be0f3dd-38c6-4f0c-87ae-d6e473038818",
      "source_name": "result",
      "sink_id": "34e66650-e042-4b64-8ffe-dda13cea77fa",
      "sink_name": "items",
      "is_static": true
    },
    {
      "id": "4960e9d5-53ae-4687-88d1-e1faf82eaf94",
      "source_id": "34e66650-e042-4b64-8ffe-dda13cea77fa",
      "source_name": "item",
      "sink_id": "793a4d43-e21f-4422-bbb0-34601643abaf",
      "sink_name": "b",
      "is_static": false
    },
    {
      "id": "40c97cf5-9d03-4b67-b49f-e905eaf56a3e",
      "source_id": "6cb010ee-c16f-49dc-8da0-f9bdbe9810b5",
      "source_name": "result",
      "sink_id": "793a4d43-e21f-4422-bbb0-34601643abaf",
      "sink_name": "a",
      "is_static": false
    },
    {
      "id": "43807cf7-bf0a-4d9c-9b24-db123b6e9bb0",
      "source_id": "793a4d43-e21f-4422-bbb0-34601643abaf",
      "source_name": "result",
      "sink_id": "793a4d43-e21f-4422-bbb0-34601643abaf",
      "sink_name": "a",
      "is_static": false
    },
    {
      "id": "9f27dd58-4233-415a-9f73-132b19ab4688",
      "source_id": "793a4d43-e21f-4422-bbb0-34601643abaf",
      "source_name": "result",
      "sink_id": "b3fb4646-52ae-45c3-b1ad-a3268247a34b",
      "sink_name": "value",
      "is_static": false
    }
  ],
  "sub_graphs": []
}
`,o=(e,t)=>{let n=JSON.parse(e);return{id:n.id,name:n.name,description:n.description??``,shows:t,document:n}},s=[o(r,`Lists, templates and an agent in an agent`),o(i,`A language model that calls tools`),o(e,`A loop`),o(n,`Work side by side`),o(t,`An error that goes its own way`),o(a,`A sum carried along a list`)];export{s as DEMOS};