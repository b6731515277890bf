/** Everything about oneself, one's organisation and this browser, a section each; the address says which. */
import { Navigate, NavLink, Route, Routes, useLocation } from "react-router";
import { useMay } from "@/shell/viewer";
import { cx } from "@/ui/classes";
import { Page } from "@/ui/Page";
import { AuditSection } from "./AuditSection";
import { KeysSection } from "./KeysSection";
import { MembersSection } from "./MembersSection";
import { NoticesSection } from "./NoticesSection";
import { OrganisationsSection } from "./OrganisationsSection";
import { ProfileSection } from "./ProfileSection";
import { MarketProfileSection } from "./MarketProfileSection";

export function Component() {
  const may = useMay();
  const sections = [
    { path: "profile", label: "Profile and password", content: <ProfileSection /> },
    { path: "notices", label: "Notices and looks", content: <NoticesSection /> },
    { path: "keys", label: "API keys", content: <KeysSection /> },
    { path: "members", label: "Members", content: <MembersSection /> },
    { path: "organisations", label: "Organisations", content: <OrganisationsSection /> },
    { path: "marketplace", label: "Marketplace profile", content: <MarketProfileSection /> },
    ...(may("audit:read") ? [{ path: "audit", label: "Audit log", content: <AuditSection /> }] : []),
  ];
  const { pathname } = useLocation();
  const here = sections.find((one) => pathname.startsWith(`/settings/${one.path}`));
  return (
    <Page title={here ? `${here.label} · Settings` : "Settings"} heading="Settings">
      <div className="grid items-start gap-6 md:grid-cols-[11rem_1fr]">
        <nav aria-label="Settings" className="flex gap-1 overflow-x-auto md:flex-col">
          {sections.map((one) => (
            <NavLink key={one.path} to={`/settings/${one.path}`} className={({ isActive }) => cx("shrink-0 rounded-md px-3 py-1.5 text-sm font-medium", isActive ? "bg-accent-soft text-accent" : "text-muted hover:bg-sunken hover:text-text")}>
              {one.label}
            </NavLink>
          ))}
        </nav>
        <div className="flex min-w-0 flex-col gap-4">
          <Routes>
            {sections.map((one) => <Route key={one.path} path={one.path} element={one.content} />)}
            <Route path="*" element={<Navigate to="/settings/profile" replace />} />
          </Routes>
        </div>
      </div>
    </Page>
  );
}
