/** Full screen and picture in picture. In: a press. Out: the other mode, where the browser and the page allow it. */

/** An iPhone shows only the media element itself on the full screen. */
interface SafariVideo {
  webkitEnterFullscreen?: () => void;
}

export function canFullScreen(video: HTMLVideoElement): boolean {
  return document.fullscreenEnabled || 'webkitEnterFullscreen' in video;
}

export async function toggleFullScreen(element: HTMLElement, video: HTMLVideoElement): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (document.fullscreenEnabled) await element.requestFullscreen();
    else (video as SafariVideo).webkitEnterFullscreen?.();
  } catch {
    // Not allowed here (an iframe without the permission); nothing changed.
  }
}

export async function togglePip(video: HTMLVideoElement): Promise<void> {
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video.requestPictureInPicture();
  } catch {
    // The browser or the page's policy does not allow it now; nothing changed.
  }
}
