// widget.js and OOWidget.js: an async script finds its own element.
import { start } from './loader.ts';

if (document.currentScript instanceof HTMLScriptElement) start(document.currentScript);
