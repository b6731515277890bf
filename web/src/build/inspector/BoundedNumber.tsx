/** A number within limits that the API insists on: what is not within them stays in the field, is told, and is not written. */
import { useState } from "react";
import { readNumber } from "@/schema-form/NumberField";
import { TextField } from "@/ui/fields";

type Props = { label: string; help?: string; value: number | null | undefined; preset: number | string; minimum: number; maximum: number; isInteger?: boolean; isDisabled: boolean; onChange: (value: number | null) => void };

/** Why a written number cannot be taken; null: it can, and nothing can, too. */
export function wrongOf(text: string, { minimum, maximum, isInteger }: Pick<Props, "minimum" | "maximum" | "isInteger">): string | null {
  const value = readNumber(text);
  if (value === undefined) return null;
  const isRight = typeof value === "number" && value >= minimum && value <= maximum && (!isInteger || Number.isInteger(value));
  return isRight ? null : `This must be a ${isInteger ? "whole " : ""}number from ${minimum} to ${maximum}.`;
}

export function BoundedNumber({ label, help, value, preset, minimum, maximum, isInteger, isDisabled, onChange }: Props) {
  const [text, setText] = useState<string | null>(null);
  const limits = { minimum, maximum, isInteger };
  const isMine = text !== null && (wrongOf(text, limits) !== null || (readNumber(text) ?? null) === (value ?? null));
  const shown = isMine ? text : value === null || value === undefined ? "" : String(value);
  return (
    <TextField
      label={label}
      help={help}
      inputMode="decimal"
      autoComplete="off"
      placeholder={String(preset)}
      disabled={isDisabled}
      value={shown}
      error={wrongOf(shown, limits)}
      onChange={(event) => {
        setText(event.target.value);
        if (wrongOf(event.target.value, limits) === null) onChange((readNumber(event.target.value) as number | undefined) ?? null);
      }}
      onBlur={() => isMine && wrongOf(text, limits) === null && setText(null)}
    />
  );
}
