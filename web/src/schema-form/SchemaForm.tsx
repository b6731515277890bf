/** A form made from a JSON Schema: a field for each property, the rarely needed ones behind a button. It keeps no value of its own. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useId, useMemo, useState } from "react";
import type { Json, JsonObject, Schema } from "@/graph/document";
import { Button } from "@/ui/Button";
import { FormContext } from "./context";
import { SchemaField } from "./SchemaField";
import { below, type FieldProblem, ownOf } from "./problems";
import { controlOf, resolve, suggestionsOf, titleOfField } from "./schema";

export { type FieldProblem, problemsOf } from "./problems";

/** One field at the top of a form, for who draws something around it or in its place. */
export type FieldShown = {
  name: string;
  label: string;
  schema: Schema;
  isRequired: boolean;
  problems: FieldProblem[];
  /** The field as the form draws it. */
  field: ReactNode;
};

export type SchemaFormProps = {
  schema: Schema;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  problems?: FieldProblem[];
  isDisabled?: boolean;
  /** Fields that are left out. */
  hidden?: string[];
  /** Draw a field of the top oneself; `undefined`: as the form does. Credentials are drawn by this only. */
  renderField?: (field: FieldShown) => ReactNode | undefined;
  /** Show what is marked as rarely needed from the start. */
  isAdvancedShown?: boolean;
  /** A field that somebody is led to: it is not behind the button. */
  reveal?: string | null;
  /** Fields that count as used, and so are not behind the button either. */
  isShown?: (name: string) => boolean;
  empty?: ReactNode;
};

const NONE: FieldProblem[] = [];

export function SchemaForm({ schema, value, onChange, problems = NONE, isDisabled = false, hidden, renderField, isAdvancedShown = false, reveal, isShown: isUsed, empty }: SchemaFormProps) {
  const [isOpen, setOpen] = useState(isAdvancedShown);
  const id = useId();
  const context = useMemo(() => ({ root: schema, isDisabled }), [schema, isDisabled]);
  const suggestions = useMemo(() => suggestionsOf(schema), [schema]);
  const required = schema.required ?? [];
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name, one]) => !hidden?.includes(name) && !one.hidden)
    .map(([name, one]) => ({ name, schema: resolve(one, schema) }));
  const set = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = value;
    onChange(next === undefined ? rest : name in value ? { ...value, [name]: next } : { ...rest, [name]: next });
  };

  const draw = ({ name, schema: one }: (typeof fields)[number]) => {
    const isRequired = required.includes(name);
    const own = below(problems, name);
    const isCredential = controlOf(one, schema, name) === "credential";
    const field = isCredential ? null : (
      <SchemaField name={name} label={titleOfField(name, one)} schema={one} value={value[name]} onChange={(next) => set(name, next)} problems={own} isRequired={isRequired} suggestions={suggestions[name]} />
    );
    const drawn = renderField?.({ name, label: titleOfField(name, one), schema: one, isRequired, problems: own, field });
    const shown = drawn === undefined ? field : drawn;
    return shown && <div key={name} data-field={name}>{shown}</div>;
  };

  const isRare = ({ name, schema: one }: (typeof fields)[number]) => one.advanced === true && !isUsed?.(name) && !(required.includes(name) && one.default === undefined);
  const plain = fields.filter((one) => !isRare(one));
  const rare = fields.filter(isRare);
  const isForced = rare.some(({ name }) => below(problems, name).length > 0);
  const isRevealed = rare.some(({ name }) => name === reveal);
  // Who was led to a field finds it there afterwards, too.
  useEffect(() => {
    if (isRevealed) setOpen(true);
  }, [isRevealed]);
  const isShown = isOpen || isForced || isRevealed;
  const unplaced = problems.filter((one) => one.path.length > 0 && !fields.some(({ name }) => name === one.path[0]));
  const general = [ownOf(problems), ...unplaced.map((one) => `${one.path.join(" › ")}: ${one.message}`)].filter(Boolean);
  const setCount = rare.filter(({ name }) => value[name] !== undefined && value[name] !== null).length;
  return (
    <FormContext.Provider value={context}>
      <div className="flex flex-col gap-4">
        {general.length > 0 && <p role="alert" className="text-sm break-words text-danger">{general.join(" ")}</p>}
        {fields.length === 0 && (empty ?? <p className="text-sm text-muted">There is nothing to fill in.</p>)}
        {plain.map(draw)}
        {rare.length > 0 && (
          <>
            <Button
              look="quiet"
              isSmall
              className="self-start"
              aria-expanded={isShown}
              aria-controls={id}
              onClick={() => setOpen(!isShown)}
              icon={isShown ? <ChevronDown className="size-4" aria-hidden /> : <ChevronRight className="size-4" aria-hidden />}
            >
              More settings
              <span className="text-muted">({setCount > 0 ? `${setCount} of ${rare.length} set` : rare.length})</span>
            </Button>
            <div id={id} hidden={!isShown} className="flex flex-col gap-4">
              {isShown && rare.map(draw)}
            </div>
          </>
        )}
      </div>
    </FormContext.Provider>
  );
}
