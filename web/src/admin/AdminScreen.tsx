/** For those who keep the installation: whether it is well, runs that stand still, and what waits for the marketplace. */
import { ShieldCheck } from "lucide-react";
import { Navigate, NavLink, Route, Routes, useLocation } from "react-router";
import { useMay } from "@/shell/viewer";
import { cx } from "@/ui/classes";
import { Page } from "@/ui/Page";
import { Empty } from "@/ui/states";
import { FleetSection } from "./FleetSection";
import { ListingsSection } from "./ListingsSection";
import { ProblemsSection } from "./ProblemsSection";
import { ReviewsSection } from "./ReviewsSection";

export function Component() {
  const may = useMay();
  const parts = [
    ...(may("fleet:read") ? [{ path: "fleet", label: "Fleet health", content: <FleetSection /> }] : []),
    ...(may("runs:manage") ? [{ path: "problems", label: "Stuck runs", content: <ProblemsSection /> }] : []),
    ...(may("listings:review") ? [{ path: "reviews", label: "Reviews", content: <ReviewsSection /> }, { path: "listings", label: "Marketplace", content: <ListingsSection /> }] : []),
  ];
  const { pathname } = useLocation();
  const here = parts.find((one) => pathname.startsWith(`/admin/${one.path}`));
  const first = parts[0];
  if (!first) return <Page title="Admin"><Empty icon={<ShieldCheck className="size-8" />} title="This is for those who keep the installation" text="The owner of the first organisation can give you that right." /></Page>;
  return (
    <Page title={here ? `${here.label} · Admin` : "Admin"} heading="Admin" isWide>
      <nav aria-label="Admin" className="mb-4 flex shrink-0 gap-1 overflow-x-auto border-b border-line">
        {parts.map((one) => (
          <NavLink key={one.path} to={`/admin/${one.path}`} className={({ isActive }) => cx("-mb-px shrink-0 border-b-2 px-3 py-2 text-sm font-medium", isActive ? "border-accent text-text" : "border-transparent text-muted hover:text-text")}>
            {one.label}
          </NavLink>
        ))}
      </nav>
      <Routes>
        {parts.map((one) => <Route key={one.path} path={one.path} element={one.content} />)}
        <Route path="reviews/:versionId" element={<ReviewsSection />} />
        <Route path="*" element={<Navigate to={`/admin/${first.path}`} replace />} />
      </Routes>
    </Page>
  );
}
