/** Which booking an order at a gateway pays for: noted in the tab that goes there and comes back. */
import { read, tab, write } from "./kept";

const ORDER = "parlor.booked.order.";

export const keepOrder = (orderId: string, meetingId: string): void => write(tab, ORDER + orderId, meetingId);
export const bookingOf = (orderId: string): string | null => read<string>(tab, ORDER + orderId);
export const bookingAddress = (meetingId: string): string => `/book/done/${encodeURIComponent(meetingId)}`;
