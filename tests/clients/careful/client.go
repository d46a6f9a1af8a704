// Go: http.Client with a context for each request; the default client for the media host.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

type job struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Output *struct {
		Media []struct {
			URL string `json:"url"`
		} `json:"media"`
	} `json:"output"`
	Error *struct {
		Code string `json:"code"`
	} `json:"error"`
}

var (
	base  = os.Getenv("GATEWAY_URL") + "/v1/generations"
	until time.Time
)

func stop(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func left() time.Duration { return time.Until(until) }

func nap(d time.Duration) {
	if d > left() {
		d = left()
	}
	time.Sleep(d)
}

func later(h http.Header) time.Duration {
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		return time.Duration(s) * time.Second
	}
	return time.Second
}

func ask(method, url string, body []byte, most time.Duration) (int, http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+os.Getenv("GATEWAY_API_KEY"))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	return answer.StatusCode, answer.Header, data, err
}

func shortest(most time.Duration) time.Duration {
	if most > left()+300*time.Millisecond {
		return left() + 300*time.Millisecond
	}
	return most
}

func create() job {
	body, _ := json.Marshal(map[string]any{"model": os.Getenv("GATEWAY_MODEL"),
		"input": map[string]any{"prompt": os.Getenv("GATEWAY_PROMPT")}, "wait": 30})
	for left() > 0 {
		status, header, data, err := ask("POST", base, body, shortest(40*time.Second))
		if errors.Is(err, syscall.ECONNREFUSED) {
			nap(500 * time.Millisecond)
			continue
		}
		if err != nil {
			stop("creation unclear: %v", err)
		}
		if status == 429 || status == 503 {
			nap(later(header))
			continue
		}
		var made job
		if status >= 300 || json.Unmarshal(data, &made) != nil {
			stop("refused: %d", status)
		}
		return made
	}
	stop("deadline")
	return job{}
}

func poll(id string) job {
	for left() > 0 {
		window := int(left().Seconds())
		if window > 60 {
			window = 60
		}
		if window < 1 {
			window = 1
		}
		most := shortest(time.Duration(window+8) * time.Second)
		status, header, data, err := ask("GET", fmt.Sprintf("%s/%s?wait=%d", base, id, window), nil, most)
		var seen job
		switch {
		case err != nil || status >= 500:
			nap(600 * time.Millisecond)
		case status == 429:
			nap(later(header))
		case status >= 300:
			stop("refused: %d", status)
		case json.Unmarshal(data, &seen) != nil:
			nap(600 * time.Millisecond)
		case seen.Status == "completed" || seen.Status == "failed" || seen.Status == "cancelled":
			return seen
		}
	}
	stop("deadline, id %s", id)
	return job{}
}

func save(done job) error {
	for index, each := range done.Output.Media {
		answer, err := http.Get(each.URL)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != 200 {
			return fmt.Errorf("download: %d %v", answer.StatusCode, err)
		}
		if err := os.WriteFile(fmt.Sprintf("asset%d", index), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	seconds, _ := strconv.ParseFloat(os.Getenv("GATEWAY_DEADLINE_S"), 64)
	until = time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var now job
	if kept, err := os.ReadFile("id"); err == nil {
		now = job{ID: string(kept), Status: "running"}
	} else {
		now = create()
		os.WriteFile("id", []byte(now.ID), 0o644)
	}
	if now.Status == "queued" || now.Status == "running" {
		now = poll(now.ID)
	}
	for turn := 0; ; turn++ {
		if now.Status != "completed" {
			code := ""
			if now.Error != nil {
				code = now.Error.Code
			}
			stop("%s %s", now.Status, code)
		}
		err := save(now)
		if err == nil {
			return
		}
		if turn > 0 {
			stop("%v", err)
		}
		now = poll(now.ID)
	}
}
