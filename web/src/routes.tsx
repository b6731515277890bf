/** The addresses of the screens. Each is a chunk of its own, read when it is first shown. The same words stand in `api/web.py`. */
import { createBrowserRouter, isRouteErrorResponse, redirect, useRouteError } from "react-router";
import { Shell } from "./shell/Shell";
import { SignIn } from "./shell/SignIn";
import { LinkButton } from "./ui/Button";
import { useTitle } from "./ui/Page";
import { Empty } from "./ui/states";

function Broken() {
  const error = useRouteError();
  return isRouteErrorResponse(error) ? <NotFound /> : <BrokenScreen error={error} />;
}

function BrokenScreen({ error }: { error: unknown }) {
  useTitle("Broken");
  return (
    <Empty title="This screen broke" text={`Nothing is lost: what runs, runs on. ${error instanceof Error ? error.message : ""}`}>
      <button type="button" className="underline" onClick={() => location.reload()}>Load it again</button>
    </Empty>
  );
}

function NotFound() {
  useTitle("Not found");
  return (
    <Empty title="There is no such screen" text="The address may be mistyped, or what it named was deleted.">
      <LinkButton to="/library">To the library</LinkButton>
    </Empty>
  );
}

export const makeRouter = () =>
  createBrowserRouter([
    { path: "/sign-in", element: <SignIn />, ErrorBoundary: Broken },
    { path: "/share/:token", lazy: () => import("./share/ShareScreen"), ErrorBoundary: Broken, HydrateFallback: () => null },
    { path: "/approve/:token", lazy: () => import("./approvals/LinkScreen"), ErrorBoundary: Broken, HydrateFallback: () => null },
    { path: "/invitation/:token", lazy: () => import("./settings/InvitationScreen"), ErrorBoundary: Broken, HydrateFallback: () => null },
    {
      element: <Shell />,
      ErrorBoundary: Broken,
      HydrateFallback: () => null,
      children: [
        {
          ErrorBoundary: Broken,
          children: [
            { index: true, loader: () => redirect("/library") },
            { path: "/build/:agentId", lazy: () => import("./build/BuildScreen") },
            { path: "/library", lazy: () => import("./library/LibraryScreen") },
            { path: "/library/:agentId", lazy: () => import("./library/AgentScreen") },
            { path: "/runs", lazy: () => import("./runs/RunsScreen") },
            { path: "/runs/:runId", lazy: () => import("./runs/RunScreen") },
            { path: "/schedules", lazy: () => import("./schedules/AllSchedules") },
            { path: "/approvals", lazy: () => import("./approvals/ApprovalsScreen") },
            { path: "/marketplace", lazy: () => import("./market/MarketScreen") },
            { path: "/marketplace/:creator", lazy: () => import("./market/CreatorScreen") },
            { path: "/marketplace/:creator/:slug", lazy: () => import("./market/ListingScreen") },
            { path: "/credentials", lazy: () => import("./credentials/CredentialsScreen") },
            { path: "/usage", lazy: () => import("./usage/UsageScreen") },
            { path: "/settings/*", lazy: () => import("./settings/SettingsScreen") },
            { path: "/admin/*", lazy: () => import("./admin/AdminScreen") },
            { path: "*", element: <NotFound /> },
          ],
        },
      ],
    },
  ]);
