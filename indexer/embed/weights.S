/* The embedder's table as a read-only section: the system maps it, and reads only the pages used. */
    .section .rodata
    .balign 64
    .global inhouse_weights_begin
    .global inhouse_weights_end
inhouse_weights_begin:
    .incbin INHOUSE_WEIGHTS_FILE
inhouse_weights_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
