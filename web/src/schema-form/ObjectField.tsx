/** An object whose fields are known. Fields that it has besides stay, and can be seen as JSON. */
import { type FieldProps, useForm } from "./context";
import { Group } from "./Group";
import { MapRows } from "./MapField";
import { below } from "./problems";
import { SchemaField } from "./SchemaField";
import { constantsOf, controlOf, resolve, titleOfField } from "./schema";
import type { Json, JsonObject } from "@/graph/document";

export function ObjectField(props: FieldProps) {
  const { schema, value, onChange, problems } = props;
  const { root } = useForm();
  const object = (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as JsonObject;
  const known = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, resolve(one, root)] as const);
  const set = (name: string, next: Json | undefined) => {
    const { [name]: _, ...rest } = { ...constantsOf(schema, root), ...object };
    const whole = next === undefined ? rest : name in object ? { ...object, ...constantsOf(schema, root), [name]: next } : { ...rest, [name]: next };
    onChange(Object.keys(whole).length === 0 ? undefined : whole);
  };
  const others = Object.fromEntries(Object.entries(object).filter(([name]) => !schema.properties?.[name]));
  return (
    <Group {...props}>
      <div className="flex flex-col gap-3 border-l-2 border-line pl-3">
        {known
          .filter(([name, one]) => controlOf(one, root, name) !== "constant")
          .map(([name, one]) => (
            <SchemaField key={name} name={name} label={titleOfField(name, one)} schema={one} value={object[name]} isRequired={schema.required?.includes(name)} problems={below(problems, name)} onChange={(next) => set(name, next)} />
          ))}
        {schema.additionalProperties !== undefined && schema.additionalProperties !== false && (
          <MapRows
            {...props}
            schema={schema}
            value={others}
            onChange={(next) => onChange({ ...Object.fromEntries(Object.entries(object).filter(([name]) => schema.properties?.[name])), ...((next ?? {}) as JsonObject) })}
          />
        )}
      </div>
    </Group>
  );
}
