/** Icons as strokes of the text's colour. Decoration: the words next to them carry the meaning. */
import type { ComponentChildren } from "preact";

export interface IconProps {
  size?: number;
}

/** `turns`: points along the text, so it is mirrored where text runs from right to left. */
function icon(paths: ComponentChildren, turns = false) {
  return function Icon({ size = 20 }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="1.9"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
        focusable="false"
        class={turns ? "turns" : undefined}
      >
        {paths}
      </svg>
    );
  };
}

const slash = <path d="M4 4l16 16" />;

export const MicIcon = icon(
  <>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3" />
  </>,
);
export const MicOffIcon = icon(
  <>
    <path d="M9 9v2a3 3 0 0 0 5 2.200M15 11V6a3 3 0 0 0-5.700-1.300" />
    <path d="M5.500 11.500a6.500 6.500 0 0 0 10.700 5M18.300 13.200c.1-.5.2-1.100.2-1.700M12 18v3" />
    {slash}
  </>,
);
export const CameraIcon = icon(
  <>
    <rect x="3" y="6" width="12.500" height="12" rx="2.500" />
    <path d="M15.500 10.500l4-2.500a1 1 0 0 1 1.500.8v6.400a1 1 0 0 1-1.500.8l-4-2.500" />
  </>,
);
export const CameraOffIcon = icon(
  <>
    <path d="M10 6h3a2.500 2.500 0 0 1 2.500 2.500v2l4-2.500a1 1 0 0 1 1.500.8v6.400a1 1 0 0 1-.6.900M15.400 16A2.500 2.500 0 0 1 13 18H5.500A2.500 2.500 0 0 1 3 15.500v-7A2.500 2.500 0 0 1 5 6" />
    {slash}
  </>,
);
export const ScreenIcon = icon(
  <>
    <rect x="3" y="4.500" width="18" height="12" rx="2.500" />
    <path d="M8.500 20.500h7M12 13.500v-5M9.500 10.500L12 8l2.500 2.500" />
  </>,
);
export const ScreenOffIcon = icon(
  <>
    <rect x="3" y="4.500" width="18" height="12" rx="2.500" />
    <path d="M8.500 20.500h7M10 8.500l4 4M14 8.500l-4 4" />
  </>,
);
export const PictureInPictureIcon = icon(
  <>
    <path d="M20.500 10.500v-3A2.500 2.500 0 0 0 18 5H6a2.500 2.500 0 0 0-2.500 2.500v9A2.500 2.500 0 0 0 6 19h4" />
    <rect x="12.500" y="13" width="8.500" height="6.500" rx="1.500" />
  </>,
);
export const BlurIcon = icon(
  <>
    <circle cx="12" cy="9" r="3.500" />
    <path d="M5.500 20a6.500 6.500 0 0 1 13 0M3 5h.01M6 3h.01M3 10h.01M18 3h.01M21 5h.01M21 10h.01M3.500 14.500h.01M20.500 14.500h.01" />
  </>,
);
export const CupIcon = icon(<path d="M5 9h11v6a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4zM16 10.500h1.500a2.500 2.500 0 0 1 0 5H16M8 6V4M12 6V4" />);
export const KeyboardIcon = icon(
  <>
    <rect x="2.500" y="6" width="19" height="12" rx="2.500" />
    <path d="M6.500 10h.01M10 10h.01M13.500 10h.01M17 10h.01M8 14h8" />
  </>,
);
export const ChatIcon = icon(<path d="M4 6.500A2.500 2.500 0 0 1 6.500 4h11A2.500 2.500 0 0 1 20 6.500v8a2.500 2.500 0 0 1-2.500 2.500H10l-4.500 3.500V17A2 2 0 0 1 4 15z" />);
export const SettingsIcon = icon(
  <>
    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
    <circle cx="15" cy="7" r="2.200" />
    <circle cx="9" cy="17" r="2.200" />
  </>,
);
export const HangUpIcon = icon(<path d="M3 14.500c0-1 .3-1.900 1.100-2.500C6.300 10.100 9 9.200 12 9.200s5.700.9 7.900 2.800c.8.6 1.100 1.500 1.100 2.500v.9c0 .8-.7 1.400-1.500 1.200l-2.900-.6c-.6-.1-1-.7-1-1.300v-1.500a11 11 0 0 0-7.200 0v1.500c0 .6-.4 1.200-1 1.300l-2.900.6c-.8.2-1.500-.4-1.500-1.200z" />);
export const SpeakerIcon = icon(<path d="M4 9.500v5h3.500L12 18V6L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a7.800 7.800 0 0 1 0 11" />);
export const MoreIcon = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="2.800" />);
export const CheckIcon = icon(<path d="M5 12.500l4.500 4.500L19 7.500" />);
export const CrossIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const CopyIcon = icon(
  <>
    <rect x="8.500" y="8.500" width="12" height="12" rx="2.500" />
    <path d="M15.500 8.500v-3A2 2 0 0 0 13.500 3.500h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3" />
  </>,
);
export const CalendarIcon = icon(
  <>
    <rect x="3.500" y="5" width="17" height="15.500" rx="2.500" />
    <path d="M3.500 10h17M8 2.800v4M16 2.800v4" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M12 7.500V12l3 2" />
  </>,
);
export const UserIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.500 20.500a7.500 7.500 0 0 1 15 0" />
  </>,
);
export const MailIcon = icon(
  <>
    <rect x="3" y="5" width="18" height="14" rx="2.500" />
    <path d="M4 7l8 6 8-6" />
  </>,
);
export const LockIcon = icon(
  <>
    <rect x="5" y="10.500" width="14" height="10" rx="2.500" />
    <path d="M8 10.500V8a4 4 0 0 1 8 0v2.500" />
  </>,
);
export const InfoIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M12 11.500v4.500M12 8h.01" />
  </>,
);
export const WarnIcon = icon(<path d="M12 9.500v4M12 16.800h.01M10.400 4.200L2.900 17.300A1.900 1.900 0 0 0 4.500 20.100h15a1.900 1.900 0 0 0 1.600-2.800L13.600 4.200a1.900 1.900 0 0 0-3.200 0z" />);
export const EyeIcon = icon(
  <>
    <path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z" />
    <circle cx="12" cy="12" r="2.800" />
  </>,
);
export const EyeOffIcon = icon(
  <>
    <path d="M9.500 5.900A9 9 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a16 16 0 0 1-2.700 3.400M6 7.400A16 16 0 0 0 2.500 12S6 18.500 12 18.500a9 9 0 0 0 4.500-1.200" />
    {slash}
  </>,
);
export const PlusIcon = icon(<path d="M12 5v14M5 12h14" />);
export const ArrowIcon = icon(<path d="M5 12h14M13 6l6 6-6 6" />, true);
export const BackIcon = icon(<path d="M19 12H5M11 6l-6 6 6 6" />, true);
export const DeviceIcon = icon(
  <>
    <rect x="3" y="4.500" width="18" height="12" rx="2.500" />
    <path d="M2 20h20" />
  </>,
);
export const SignalIcon = icon(<path d="M4 19v-3M9.300 19v-6M14.700 19v-9M20 19V6" />);
export const OfflineIcon = icon(
  <>
    <path d="M8.500 6.200A10 10 0 0 1 21 9.500M3 9.500a12 12 0 0 1 3-1.900M6 13a8 8 0 0 1 4-2M15 11.500a8 8 0 0 1 3 1.500M9.500 16.300a4 4 0 0 1 5 0M12 20h.01" />
    {slash}
  </>,
);
export const FullScreenIcon = icon(<path d="M4 9V5.500A1.500 1.500 0 0 1 5.500 4H9M15 4h3.500A1.500 1.500 0 0 1 20 5.500V9M20 15v3.500a1.500 1.500 0 0 1-1.500 1.500H15M9 20H5.500A1.500 1.500 0 0 1 4 18.500V15" />);
export const FlipIcon = icon(<path d="M4 11a8 8 0 0 1 14-4.500L20 8.500M20 4.500v4h-4M20 13a8 8 0 0 1-14 4.500L4 15.500M4 19.500v-4h4" />);
export const HandIcon = icon(<path d="M8 12.500V6a1.500 1.500 0 0 1 3 0v5M11 11V4.500a1.500 1.500 0 0 1 3 0V11M14 11V6a1.500 1.500 0 0 1 3 0v8.500a6.500 6.500 0 0 1-6.500 6.500c-2.200 0-3.700-1-4.800-2.800l-2.400-4a1.500 1.500 0 0 1 2.500-1.600L8 15" />);
export const SmileIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M8.500 14.200a4.200 4.200 0 0 0 7 0M9 9.500h.01M15 9.500h.01" />
  </>,
);
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8.500" r="3.500" />
    <path d="M2.500 19.500a6.500 6.500 0 0 1 13 0M15.500 5.300a3.500 3.500 0 0 1 0 6.400M18 14.300a6.500 6.500 0 0 1 3.500 5.200" />
  </>,
);
export const RecordIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.500" />
    <circle cx="12" cy="12" r="3.500" fill="currentColor" />
  </>,
);
export const BellIcon = icon(<path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15zM10 20.500a2.200 2.200 0 0 0 4 0" />);
export const StarIcon = icon(<path d="M12 3.500l2.600 5.400 5.900.8-4.300 4.100 1 5.900L12 16.900l-5.200 2.800 1-5.900-4.300-4.100 5.900-.8z" />);
export const CoinIcon = icon(
  <>
    <ellipse cx="12" cy="7" rx="7.500" ry="3.500" />
    <path d="M4.500 7v5c0 1.900 3.400 3.500 7.500 3.500s7.500-1.600 7.500-3.500V7" />
    <path d="M4.500 12v5c0 1.900 3.400 3.500 7.500 3.500s7.500-1.600 7.500-3.500v-5" />
  </>,
);
