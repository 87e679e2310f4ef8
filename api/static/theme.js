// The theme: the system's, until the button chooses the other one. A classic script in the head, so
// that the choice holds before the first paint.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function saved() {
    try {
      return localStorage.getItem("weir-theme");
    } catch {
      return null; // storage is forbidden: the choice lasts as long as the page
    }
  }

  function save(theme) {
    try {
      if (theme) localStorage.setItem("weir-theme", theme);
      else localStorage.removeItem("weir-theme");
    } catch {
      // likewise
    }
  }

  const own = () => (system.matches ? "dark" : "light");
  const other = () => ((root.dataset.theme ?? own()) === "dark" ? "light" : "dark");

  const chosen = saved();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => {
      button.textContent = other() === "dark" ? "Dark theme" : "Light theme";
    };
    button.addEventListener("click", () => {
      const theme = other();
      // the system's own theme needs no choice: it is followed again
      if (theme === own()) delete root.dataset.theme;
      else root.dataset.theme = theme;
      save(root.dataset.theme);
      label();
    });
    system.addEventListener("change", label);
    label();
  });
})();
