// Elements as the screen makes them.

export function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  return element;
}

// The colour and the line of a label, from which the style sheet makes what each theme shows.
export function dress(element, label) {
  if (!label) return;
  element.style.setProperty("--label", label.color);
  element.dataset.pattern = label.pattern;
}

export function place(element, { x, y, width, height }) {
  element.style.left = `${x}px`;
  element.style.top = `${y}px`;
  element.style.width = `${width}px`;
  element.style.height = `${height}px`;
}
