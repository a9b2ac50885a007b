// engine: the parts of one attempt: known from before, waited for in step, sent, acknowledged.
#pragma once

#include "attempt_state.hpp"
#include "part_body.hpp"

namespace sluice {

/// A part under way, as those in step see it.
struct running_part {
    running_part(attempt& of, unsigned n) : at(of), number(n) { at.seat.begin(number); }
    running_part(const running_part&) = delete;
    running_part& operator=(const running_part&) = delete;
    ~running_part() { at.seat.end(number); }

    attempt& at;
    unsigned number;
};

/// What a request's body notes of what it sends, before it has sent anything.
/// `compared`: the store was seen to compare what comes like that with its checksum.
sent_slices nothing_sent(attempt& at, bool compared);

/// Waits for those in step, then for the scheduler. Lanes in step share the blocks they send.
task<result<step_gate::slot>> enter_step(attempt& at, const planned_part& part);

/// Of the journal's parts those count that the server still has, equal in number, size and ETag.
/// False: the server does not know the upload.
task<result<bool>> recall_parts(attempt& at);

/// The decision where the object ends is journaled before anything that relies on it is sent.
task<result<void>> seal_if_known(attempt& at);

/// Plans the object's parts and sends those that are missing, from the second look at `part` on.
/// They are under way in `at.group` when it returns; what fails there ends the attempt.
task<result<void>> send_parts(attempt& at, planned_part part);

} // namespace sluice
