import { useQuery } from "urql";
import { SelectField } from "@/ui/fields";
import { PresetVersionsDocument } from "./presets.generated";

/** Which version runs: the one that is active when the time comes, or always the same. */
export function VersionField({ agentId, value, onChange, help }: { agentId: string; value: number | null; onChange: (version: number | null) => void; help?: string }) {
  const [{ data }] = useQuery({ query: PresetVersionsDocument, variables: { graphId: agentId } });
  const versions = data?.graph?.versions.nodes ?? [];
  const options = [
    { value: "", label: "The one that is active then" },
    ...versions.map((one) => ({ value: String(one.number), label: `Always version ${one.number}${one.name ? `: ${one.name}` : ""}` })),
  ];
  // A version further back than the list goes is still the one that was chosen.
  if (value !== null && !versions.some((one) => one.number === value)) options.push({ value: String(value), label: `Always version ${value}` });
  return <SelectField label="Version" help={help} options={options} value={value === null ? "" : String(value)} onChange={(text) => onChange(text === "" ? null : Number(text))} />;
}
