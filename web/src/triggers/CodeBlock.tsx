import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/ui/Button";
import { copied } from "@/ui/copy";

/** A command to copy. It scrolls within its frame. */
export function CodeBlock({ label, text }: { label: string; text: string }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    // Else it can still be selected.
    if (!(await copied(text))) return;
    setDone(true);
    setTimeout(() => setDone(false), 2_000);
  };
  return (
    <div className="flex flex-col gap-1">
      <pre tabIndex={0} role="region" aria-label={label} className="overflow-x-auto rounded-md border border-line bg-sunken p-2 font-mono text-xs">{text}</pre>
      <div><Button isSmall icon={isDone ? <Check className="size-3.5" aria-hidden /> : <Copy className="size-3.5" aria-hidden />} onClick={() => void copy()}>{isDone ? "Copied" : "Copy the command"}</Button></div>
    </div>
  );
}
