#!/bin/sh
exec clamd --foreground
