/** The components that every page, the call included, is built from. */
export { Avatar } from "./Avatar";
export { Badge, type BadgeKind } from "./Badge";
export { Button, ButtonLink, type ButtonKind, type ButtonProps } from "./Button";
export { Card } from "./Card";
export { CopyLine } from "./CopyLine";
export { Dialog } from "./Dialog";
export { Empty } from "./Empty";
export { Field, Labelled, PasswordField, Select, Switch, TextArea } from "./Field";
export { Notice, type NoticeKind } from "./Notice";
export { Popover } from "./Popover";
export { Loading, Spinner } from "./Spinner";
export { toast, Toasts } from "./Toast";
export * from "./Icon";
