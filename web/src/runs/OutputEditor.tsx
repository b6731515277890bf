/** Edits what a pin gave: one value as it is, several as a list. It keeps a list, as the API takes it. */
import { useEffect, useState } from "react";
import { fetchJson } from "@/values/useJson";
import { pathOf, type ShownValue } from "@/values/kinds";
import { Loading } from "@/ui/states";
import { type Draft, draftOf, isWrong, JsonEditor, readDraft } from "./JsonEditor";

type Props = { pin: string; values: ShownValue[]; draft: Draft | null; onChange: (draft: Draft | null) => void };

export function OutputEditor({ pin, values, draft, onChange }: Props) {
  const [all, setAll] = useState<unknown[] | null>(() => (values.every((one) => one.isInline) ? values.map((one) => one.json) : null));
  const [problem, setProblem] = useState<string | null>(null);
  const [text, setText] = useState<Draft | null>(null);
  useEffect(() => {
    if (all !== null) return;
    let isLeft = false;
    const read = (one: ShownValue) => {
      const path = pathOf(one.valueUrl);
      return one.isInline || !path ? Promise.resolve(one.json) : fetchJson(path);
    };
    Promise.all(values.map(read)).then(
      (found) => !isLeft && setAll(found),
      (error: unknown) => !isLeft && setProblem(String(error instanceof Error ? error.message : error)),
    );
    return () => {
      isLeft = true;
    };
  }, [all, values]);
  if (problem) return <p role="alert" className="text-sm text-danger">{problem}</p>;
  if (all === null) return <Loading text={`Reading ${pin}`} />;
  const isOne = all.length === 1;
  const recorded: ShownValue = { preview: "", size: 0, type: "", isInline: true, json: isOne ? all[0] : all };
  const write = (next: Draft | null) => {
    setText(next);
    if (next === null || !isOne) onChange(next);
    // A value that is no JSON yet is kept as one that lacks something, so that nothing is sent meanwhile.
    else onChange(isWrong(next) ? { text: next.text, isText: false } : draftOf([readDraft(next)]));
  };
  return <JsonEditor label={isOne ? pin : `${pin}, a list of ${all.length} values`} value={recorded} draft={draft === null ? null : isOne ? text : draft} onChange={write} />;
}
