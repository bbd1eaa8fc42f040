// In development, shows what has been edited: a new stylesheet takes the place of the old one, and for all else the page is
// loaded again, which keeps its address, its place and what is typed.
const style = document.querySelector('link[rel="stylesheet"]');
let page;

async function follow() {
  for (;;) {
    try {
      const query = new URLSearchParams({ page: page ?? "", style: new URL(style.href).pathname });
      const answer = await fetch(`/dev/state?${query}`, { cache: "no-store" });
      if (answer.status === 200) show(await answer.json());
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200)); // the server starts again
    }
  }
}

function show(now) {
  page ??= now.Page;
  if (now.Page !== page) location.reload();
  if (now.Style !== new URL(style.href).pathname) style.href = now.Style;
}

follow();
