/** The addon's own threads. They block every signal, so that none meant for Node's main thread lands in them. */
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>

/** Starts `run(argument)`; false if the system has no thread to give, and then nothing happened. */
bool startThread(pthread_t* thread, void* (*run)(void*), void* argument, bool detached);

/**
 * For threads of bulk bytes and slow calls: whoever answers metadata requests goes first where they compete for processors.
 * Measured on two processors, stat while four programs write and fsync: median 180 us with all of these threads standing
 * back, 300 us without; what they carry became no slower, also beside programs that keep both processors busy.
 */
void standBack();
bool standsBack();

/** At least `bytes` of page-aligned memory of the calling thread, good until the next call; nullptr without memory. */
uint8_t* threadScratch(size_t bytes);
