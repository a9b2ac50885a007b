// s3client: reading from a stream that is tried first and waited for second.
#include "byte_stream.hpp"

namespace sluice::s3 {

task<moved> byte_stream::read(bytes_span into, deadline by) {
    while (true) {
        moved step = try_read(into);
        if (step.bytes > 0 || step.error) co_return step;
        step.error = co_await wait(step.next, by);
        if (step.error) co_return step;
    }
}

} // namespace sluice::s3
