import { type FormEvent, useState } from "react";
import { useChange } from "@/data/useChange";
import { useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextArea, TextField } from "@/ui/fields";
import { Failed } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { type MarketProfilePartsFragment, MarketUpdateProfileDocument } from "./market.generated";
import { isSlug, slugOf } from "./texts";

const FIELDS = ["handle", "name", "description", "avatarUrl", "links"];

/** How the organisation shows itself on the marketplace. A listing needs it. */
export function ProfileDialog({ profile, onClose, onDone }: { profile: MarketProfilePartsFragment | null; onClose: () => void; onDone: () => void }) {
  const { organisation } = useViewer();
  const [handle, setHandle] = useState(profile?.handle ?? slugOf(organisation.name));
  const [name, setName] = useState(profile?.name ?? organisation.name);
  const [description, setDescription] = useState(profile?.description ?? "");
  const [avatarUrl, setAvatarUrl] = useState(profile?.avatarUrl ?? "");
  const [links, setLinks] = useState((profile?.links ?? []).join("\n"));
  const [isTried, setTried] = useState(false);
  const [update, { isBusy, problems }] = useChange(MarketUpdateProfileDocument, { isQuiet: true });
  const of = (field: string) => problems.find((one) => one.path?.includes(field))?.message ?? null;
  const wrongHandle = isSlug(handle) ? null : "Give 2 to 60 small letters, digits and hyphens.";
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (wrongHandle || !name.trim()) return;
    await update({ input: { handle, name: name.trim(), description, avatarUrl: avatarUrl.trim() || null, links: links.split(/\s+/).filter(Boolean) } }).then(
      () => {
        notify({ kind: "ok", title: "The profile is saved." });
        onDone();
      },
      () => undefined,
    );
  };
  return (
    <Dialog isOpen onClose={onClose} title={profile ? "Change the profile" : "First, a profile"} description="How your organisation shows itself on the marketplace. Everyone who reads listings sees it.">
      <form noValidate className="flex flex-col gap-3" onSubmit={(event) => void save(event)}>
        <TextField label="Name" isRequired maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={isTried && !name.trim() ? "Give it a name." : of("name")} />
        <TextField label="Address" isRequired maxLength={60} value={handle} onChange={(event) => setHandle(event.target.value)} error={(isTried ? wrongHandle : null) ?? of("handle")} help={`/marketplace/${handle || "…"}${profile ? ". Links to the old one no longer work." : ""}`} />
        <TextArea label="About you" rows={3} value={description} onChange={(event) => setDescription(event.target.value)} error={of("description")} help="Markdown." />
        <TextField label="Picture" placeholder="https://…" value={avatarUrl} onChange={(event) => setAvatarUrl(event.target.value)} error={of("avatarUrl")} />
        <TextArea label="Links" rows={2} placeholder="https://…" value={links} onChange={(event) => setLinks(event.target.value)} error={of("links")} help="One on each line, at most ten." />
        <Failed errors={problems.filter((one) => !one.path?.some((step) => FIELDS.includes(step)))} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>Save the profile</Button>
        </div>
      </form>
    </Dialog>
  );
}
