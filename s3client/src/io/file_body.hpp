// s3client: bodies that are files. They are read and written in the calling thread.
#pragma once

#include <sluice/base/buffer.hpp>
#include <sluice/s3/body.hpp>

#include <memory>
#include <string>

namespace sluice::s3 {

/// An open file; closed at the end. Not copied.
class open_file {
  public:
    explicit open_file(int descriptor) : descriptor_(descriptor) {}
    open_file(open_file&& other) noexcept;
    ~open_file();
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

class file_source final : public body_source {
  public:
    /// Errors: errc::not_found, errc::io_error.
    static result<std::unique_ptr<file_source>> open(const std::string& path);

    std::uint64_t size() const override { return size_; }
    /// Errors: errc::io_error, also when the file ends before it did when it was opened.
    task<result<bytes_view>> next(std::size_t most) override;
    void rewind() override { at_ = 0; }

  private:
    file_source(open_file file, std::string path, std::uint64_t size);

    open_file file_;
    std::string path_;
    std::uint64_t size_;
    std::uint64_t at_ = 0;
    buffer window_;
};

/// Writes beside the name that the file is to have. What is not kept at the end is removed.
class file_sink final : public body_sink {
  public:
    /// Errors: errc::not_found, errc::disk_full, errc::io_error.
    static result<std::unique_ptr<file_sink>> create(const std::string& path);
    ~file_sink() override;

    result<void> begin(std::uint64_t size) override;
    bytes_span room(std::size_t most) override;
    /// Errors: errc::disk_full, errc::io_error.
    result<void> took(std::size_t n) override;
    /// All has come: from here on it has its name. Errors: as of `took`.
    result<void> keep();

  private:
    struct release {
        void operator()(std::byte* memory) const;
    };
    file_sink(open_file file, std::string path);

    open_file file_;
    std::string path_, aside_;
    bool kept_ = false;
    std::unique_ptr<std::byte, release> room_;
};

} // namespace sluice::s3
