/** How the organisation shows itself in the marketplace. */
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { TextArea, TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { SettingsProfileDocument, type SettingsProfileQuery, UpdateProfileDocument } from "./settings.generated";

export function MarketProfileSection() {
  const [{ data, error }, again] = useQuery({ query: SettingsProfileDocument });
  const read = () => again({ requestPolicy: "network-only" });
  return (
    <Card title="Marketplace profile">
      <p className="mb-3 text-sm text-muted">Everybody sees it beside what your organisation publishes. A listing needs one.</p>
      {error && !data && <Failed errors={told(error)} retry={read} />}
      {!data && !error && <Loading />}
      {data && <ProfileForm key={data.ownProfile?.id ?? "new"} profile={data.ownProfile} onDone={read} />}
    </Card>
  );
}

function ProfileForm({ profile, onDone }: { profile: SettingsProfileQuery["ownProfile"]; onDone: () => void }) {
  const may = useMay();
  const [typed, setTyped] = useState({ handle: profile?.handle ?? "", name: profile?.name ?? "", description: profile?.description ?? "", avatarUrl: profile?.avatarUrl ?? "", links: profile?.links.join("\n") ?? "" });
  const [update, { isBusy, problems }] = useChange(UpdateProfileDocument, { isQuiet: true });
  const set = (name: keyof typeof typed) => (event: { target: { value: string } }) => setTyped({ ...typed, [name]: event.target.value });
  const at = (name: string) => problems.find((one) => one.path?.includes(name))?.message;
  const others = problems.filter((one) => !one.path?.some((name) => name in typed));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = { handle: typed.handle.trim(), name: typed.name.trim(), description: typed.description, avatarUrl: typed.avatarUrl.trim() || null, links: typed.links.split(/\s+/).filter(Boolean) };
    const done = await update({ input }).catch(() => null);
    if (!done) return;
    notify({ kind: "ok", title: "The profile is saved." });
    onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="flex max-w-lg flex-col gap-3" aria-label="Marketplace profile">
      <TextField label="Address" isRequired value={typed.handle} error={at("handle")} onChange={set("handle")} help="2 to 60 small letters, digits and hyphens. It is in the addresses of your listings." />
      <TextField label="Name" isRequired value={typed.name} error={at("name")} onChange={set("name")} />
      <TextArea label="About you" value={typed.description} error={at("description")} onChange={set("description")} />
      <TextField label="Picture" type="url" placeholder="https://" value={typed.avatarUrl} error={at("avatarUrl")} onChange={set("avatarUrl")} />
      <TextArea label="Links" rows={2} placeholder="https://" value={typed.links} error={at("links")} onChange={set("links")} help="At most 10 addresses with https, one a line." />
      {others.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
      <div className="flex items-center gap-3">
        {may("listings:write") ? <Button type="submit" look="primary" isBusy={isBusy}>{profile ? "Save" : "Make the profile"}</Button> : <p className="text-sm text-muted">Your role does not change it. An editor or above does.</p>}
        {profile && <Link className="text-sm text-accent underline" to={`/marketplace/${encodeURIComponent(profile.handle)}`}>See it as others do</Link>}
      </div>
    </form>
  );
}
