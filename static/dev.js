// In development, shows what has been edited: a new stylesheet takes the place of the old one, and
// for all else the page is loaded again, which keeps its address, its place and what is typed.
const style = document.querySelector('link[rel="stylesheet"]');
let page;

async function follow() {
  for (;;) {
    try {
      const query = new URLSearchParams({ page: page ?? "", style: new URL(style.href).pathname });
      const answer = await fetch(`/dev/state?${query}`, { cache: "no-store" });
      if (answer.status === 200) await show(await answer.json());
    } catch {
      await moment(); // the server starts again
    }
  }
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 200));

// load waits for a server that goes on serving: one that stops answers for a moment still, and in
// place of a page there would be one of the browser's own, which follows nothing.
async function load() {
  const isReady = () => fetch("/readyz", { cache: "no-store" }).then(({ ok }) => ok, () => false);
  while (!(await isReady())) await moment();
  location.reload();
}

function show(now) {
  page ??= now.Page;
  if (now.Page !== page) return load();
  if (now.Style !== new URL(style.href).pathname) style.href = now.Style;
}

follow();
