// The parts of the filter are folded where there is no room beside the items.

const narrow = matchMedia("(max-width: 60rem)");

function fold() {
  const parts = document.querySelector(".find-parts");
  if (parts) parts.open = !narrow.matches;
}

fold();
narrow.addEventListener("change", fold);
document.body.addEventListener("htmx:afterSettle", fold);
