"""What is known of code objects by themselves, whatever their names are bound to; kept between processes."""
