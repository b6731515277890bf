/** What this browser tells, and how the app looks in it. Nothing of this leaves the browser. */
import { useNotices } from "@/shell/notices";
import { type Theme, useTheme } from "@/shell/theme";
import { SelectField, Toggle } from "@/ui/fields";
import { Card } from "@/ui/Page";

const THEMES = [
  { value: "system", label: "Like the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

export function NoticesSection() {
  const { kinds, permission, set } = useNotices();
  const [theme, setTheme] = useTheme();
  const isOff = permission === "unsupported" || permission === "denied";
  return (
    <>
      <Card title="Notices on the desktop">
        <div className="flex flex-col gap-3">
          {permission === "denied" && <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm">The browser does not let this page show notices. Allow them in the settings of the site, beside the address.</p>}
          {permission === "unsupported" && <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm">This browser shows no notices for this address. Most do so over https only.</p>}
          <Toggle label="When an approval waits for me" isOn={kinds.approvals && !isOff} isDisabled={isOff} onChange={(approvals) => void set({ approvals })} />
          <Toggle label="When a run fails" help="Any run of the organisation." isOn={kinds.failures && !isOff} isDisabled={isOff} onChange={(failures) => void set({ failures })} />
          <p className="text-xs text-muted">They come while a tab of the app is open, and are kept in this browser only. A notice does not show what a run read or gave.</p>
        </div>
      </Card>
      <Card title="Looks">
        <div className="max-w-xs"><SelectField label="Theme" options={THEMES} value={theme} onChange={(value) => setTheme(value as Theme)} /></div>
      </Card>
    </>
  );
}
