import { render } from "preact";
import { App } from "./app";
import { start } from "./shared/live";
import "./style.css";

start();
const root = document.getElementById("app");
if (root) render(<App />, root);
