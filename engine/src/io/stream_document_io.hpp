// engine: the document that says which stream a folder belongs to.
#pragma once

#include "export_target.hpp"
#include "transfer_run.hpp"

namespace sluice {

/// Makes sure that the folder belongs to the stream in `target.where.document`: creates the
/// document conditionally, or compares the one that stands. Errors: other_incarnation,
/// format_differs, damaged_object; what the store said.
task<result<void>> settle_stream_document(transfer_run& run, export_target& target);

/// Whether the document that stands may be the one of this export. Errors: other_incarnation,
/// format_differs.
result<void> compare_documents(const export_target& target, const stream_document& stands);

} // namespace sluice
