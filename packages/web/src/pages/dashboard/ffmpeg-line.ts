/** The one line that streams a file. `ingestUrl`: `rtmp://HOST:1935/live`, with or without a slash at its end. */
export function ffmpegLine(ingestUrl: string, secret: string | undefined): string {
  const target = `${ingestUrl.replace(/\/+$/, '')}/${secret ?? 'STREAM_KEY'}`;
  return `ffmpeg -re -i movie.mp4 -c:v libx264 -preset veryfast -b:v 2500k -maxrate 2500k -bufsize 5000k -g 60 -c:a aac -b:a 160k -f flv ${target}`;
}
